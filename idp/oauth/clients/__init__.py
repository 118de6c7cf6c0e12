"""Applications that may ask for tokens."""
