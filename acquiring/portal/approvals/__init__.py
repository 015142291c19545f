"""What waits for a second person, and the deeds that can."""
