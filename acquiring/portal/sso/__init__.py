"""Single sign-on: the way in by an organisation's provider, and the page that sets it up."""
