"""Credentials, passwords, and the persons that tokens name."""
