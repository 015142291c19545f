"""Papers: what a file really is, read apart from everything else, kept sealed and for its time."""
