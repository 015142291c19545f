"""What people are told: notifications in the portal, and e-mails."""
