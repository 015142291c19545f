"""The pages merchants see. Views and forms only: every decision is a service of another room."""
