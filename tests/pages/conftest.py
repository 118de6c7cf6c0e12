"""Pages rendered from samples, without a server."""

import re
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response

from idp.settings import Settings
from idp.store.secrets import SecretMint
from idp.web.browser import attach_browser
from idp.web.cookies import Cookies
from idp.web.templates import Pages
from tests.fakes import SeededEntropy
from tests.pages.gallery import LEGAL
from tests.pages.samples import Sample

Show = Callable[..., Response]


@pytest.fixture
def show(mint: SecretMint, entropy: SeededEntropy) -> Show:
    """Render a sample; `query` is what stands after the `?` of its address."""
    pages = Pages(Settings(legal=LEGAL), entropy)

    def render(sample: Sample, query: str = "") -> Response:
        scope = {"type": "http", "path": "/", "query_string": query.encode(), "headers": [], "method": "GET"}
        attach_browser(scope, Cookies(secure=False), mint)
        request = Request(scope)
        return pages.render(request, sample.template, sample.context, status=sample.status, brand=sample.brand)

    return render


def words(page: Response) -> str:
    """Return what a person reads on a page: no tags, one kind of space, straight apostrophes."""
    html = bytes(page.body).decode()
    html = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", html).replace("’", "'")
    return re.sub(r"\s+", " ", text)
