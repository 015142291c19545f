"""Single sign-on: an organisation lets its people in by its own OpenID Connect provider.

allauth's provider goes the way there and back; what it leaves open is closed here (`oidc.py`). Who
comes is decided by `arrivals.py`, whom a password opens no longer by `rules.py`.
"""
