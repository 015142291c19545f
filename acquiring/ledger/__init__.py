"""The double-entry ledger: accounts are paths, a transfer is one immutable row."""
