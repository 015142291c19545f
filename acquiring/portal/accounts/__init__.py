"""Provider accounts: how they do, in which order they are asked, connected and changed."""
