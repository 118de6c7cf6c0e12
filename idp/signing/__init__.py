"""The key ring: what signs, what is published, what verifies."""
