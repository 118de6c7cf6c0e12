"""Makes pages of templates: language, look, nonce, CSRF token and the policy that fits.

Templates come from the package alone, every value is escaped, a missing one is a fault. What each template needs stands
at its top. No sentence is written here.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import i18n
from starlette.requests import Request
from starlette.responses import Response

from idp.entropy import Entropy
from idp.settings import Settings
from idp.web import look
from idp.web.brand import SERVICE, Brand
from idp.web.browser import browser_of
from idp.web.cookies import Cookies
from idp.web.forms import LENGTHS
from idp.web.i18n import COOKIE, COOKIE_LIFETIME, LANGUAGES, address_in, chosen_now, language_of, translations
from idp.web.security_headers import page_policy

NONCE_BYTES = 16


@dataclass(frozen=True)
class CsrfToken:
    """The browser's token, made when a form writes it, so that a page without a form sets no cookie."""

    _request: Request

    def __html__(self) -> str:
        """Return the token; it has no character that HTML would mind."""
        return browser_of(self._request).csrf_token

    __str__ = __html__


class Pages:
    """The pages of the service, in every language."""

    def __init__(self, settings: Settings, entropy: Entropy) -> None:
        """`entropy` draws the nonces."""
        self._entropy = entropy
        self._cookies = Cookies(secure=not settings.server.is_loopback_http)
        self._environments = {language: _environment(language, settings) for language in LANGUAGES}

    def warm(self) -> None:
        """Compile every page now, so that nobody waits for it."""
        for environment in self._environments.values():
            for name in environment.list_templates(filter_func=lambda name: "/" not in name):
                environment.get_template(name)

    def language(self, request: Request, ui_locales: str = "") -> str:
        """Return the language that a page of this request speaks, for the mail that goes with it."""
        return language_of(request.scope, self._cookies, ui_locales)

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        brand: Brand | None = None,
        form_action: Iterable[str] = (),
        ui_locales: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the page.

        `brand` is the association's look, `form_action` the origins where its forms may end besides ours
        (`form_action_source`), `ui_locales` the languages that the waiting application wishes.
        """
        language = language_of(request.scope, self._cookies, ui_locales)
        nonce = base64.b64encode(self._entropy.bytes(NONCE_BYTES)).decode()
        given = {
            "csrf_token": CsrfToken(request),
            "nonce": nonce,
            "brand": brand or Brand(),
            "in_language": partial(address_in, request.scope),
        }
        page = self._environments[language].get_template(template).render({**given, **(context or {})})
        response = Response(page, status, dict(headers or {}), "text/html")
        response.headers.setdefault("content-security-policy", page_policy(nonce, form_action))
        response.headers["content-language"] = language
        if chosen_now(request.scope):
            self._cookies.put(response, COOKIE, language, COOKIE_LIFETIME)
        return response


def _environment(language: str, settings: Settings) -> Environment:
    environment = Environment(
        loader=PackageLoader("idp", "templates"),
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        extensions=[i18n],
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(language)
    install = environment.install_gettext_callables  # type: ignore[attr-defined]  # the extension adds it
    install(catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext)
    environment.globals.update(
        language=language,
        languages=LANGUAGES,
        legal=settings.legal,
        lengths=LENGTHS,
        public_url=settings.server.public_url,
        script=look.script(),
        service=SERVICE,
        style=look.style(),
    )
    return environment
