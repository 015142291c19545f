"""The copilot: rules and statistics that advise and choose. `routing.py` chooses providers."""
