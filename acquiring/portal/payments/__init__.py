"""Payments and refunds: lists, details, and what can be done to them."""
