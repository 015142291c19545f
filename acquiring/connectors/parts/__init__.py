"""Halves of drivers whose one file would grow too long."""
