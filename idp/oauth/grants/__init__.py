"""What a client may trade for tokens."""
