"""Caravel, a merchant acquiring platform that anyone can host."""

__version__ = "0.1.0"
