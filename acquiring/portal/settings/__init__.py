"""The business, its look, its stores, its people's notices."""
