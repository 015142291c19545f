"""What needs the merchant, and how payments are going."""
