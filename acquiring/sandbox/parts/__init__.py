"""Halves of simulators whose one file would grow too long."""
