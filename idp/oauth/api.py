"""The addresses that programs call. `/authorize`, which browsers open, is a page."""

from starlette.routing import Route

from idp.oauth.endpoints.documents import discovery, jwks
from idp.oauth.endpoints.token import token
from idp.oauth.endpoints.userinfo import userinfo

ROUTES = (
    Route("/token", token, methods=["POST"], name="token"),
    Route("/userinfo", userinfo, methods=["GET", "POST"], name="userinfo"),
    Route("/jwks", jwks, methods=["GET"], name="jwks"),
    Route("/.well-known/openid-configuration", discovery, methods=["GET"], name="discovery"),
    Route("/.well-known/oauth-authorization-server", discovery, methods=["GET"], name="oauth_discovery"),
)
