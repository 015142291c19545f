"""Files made of lists, in the background, for people who work with spreadsheets."""
