"""Providers' published contracts that may be redistributed, cut down to what the tests look at."""
