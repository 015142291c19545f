"""The doors for programs: the REST API, providers' webhooks, the shopper's way back, the docs.

Nothing is decided here. A door reads what came in, calls a verb of a room and shows the answer.
"""
