"""GET /jwks and the discovery documents: prepared bytes, kept by whoever read them until their ETag changes."""

from starlette.requests import Request
from starlette.responses import Response

from idp.oauth.documents import Document
from idp.services import services_of


async def discovery(request: Request) -> Response:
    """Answer at both well-known addresses: RFC 8414 §5 lets OpenID Connect's document serve for OAuth."""
    return _response(request, services_of(request).documents.discovery)


async def jwks(request: Request) -> Response:
    """Tell the public keys (RFC 7517 §5)."""
    return _response(request, services_of(request).documents.jwks)


def _response(request: Request, document: Document) -> Response:
    headers = {
        "ETag": document.etag,
        "Cache-Control": f"public, max-age={document.max_age_seconds}",
        # Anybody may read them, from any page, without credentials (SEC-49).
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == document.etag:
        return Response(status_code=304, headers=headers)
    return Response(document.body, headers=headers, media_type="application/json")
