"""Files made of lists, in the background."""
