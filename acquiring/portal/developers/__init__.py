"""API keys, webhooks, events, the API log, versions and the test clock."""
