"""What happened, kept for people and machines."""
