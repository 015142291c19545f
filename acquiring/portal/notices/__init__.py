"""What a person was told, and the mailbox of a developer's machine."""
