"""Payment schemes we speak ourselves, without a provider in between."""
