"""Risk: facts in, a decision out. See `rules.py`."""
