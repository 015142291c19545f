"""Customers, their saved methods and their history."""
