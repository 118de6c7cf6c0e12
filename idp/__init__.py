"""ClickAsso's identity provider: the one place where the members of associations sign in."""

__version__ = "0.1.0"
