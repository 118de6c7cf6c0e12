"""Members from a CSV file: checked whole, prepared unseen, made visible at once."""
