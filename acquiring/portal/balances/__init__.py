"""What the merchant has, and every entry of the ledger behind it."""
