"""Sessions of a browser: one for each association and person, side by side."""
