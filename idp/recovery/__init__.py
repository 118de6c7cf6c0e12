"""The forgotten-password procedure: form, mailed link, typed code, new password (S15–S33)."""
