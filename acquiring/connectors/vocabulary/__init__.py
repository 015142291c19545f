"""Providers' words as tables, where they are too many to stand in the driver's own file."""
