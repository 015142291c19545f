"""Onboarding: an application from the first word to the verdict, and what comes of it later."""
