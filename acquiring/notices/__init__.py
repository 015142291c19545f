"""What people are told: notices in the portal, letters by e-mail."""
