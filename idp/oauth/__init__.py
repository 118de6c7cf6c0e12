"""OAuth 2 and OpenID Connect: Authlib on Starlette, one module per standard."""
