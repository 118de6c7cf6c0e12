"""Codes and aliases of associations, the pointer of their season, their contact."""
