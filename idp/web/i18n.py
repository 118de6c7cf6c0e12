"""In which language a page speaks: French, unless the person chose another, or the application named one.

French is the source: its texts stand in the templates. `Accept-Language` is not asked, for many a member's browser
names English without their knowing.
"""

import gettext
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.types import Scope

from idp.web.cookies import Cookies

SOURCE = "fr"
LANGUAGES = (SOURCE, "en")
COOKIE = "idp_language"
COOKIE_LIFETIME = timedelta(days=365)
PARAMETER = "lang"

_LOCALES = Path(__file__).parent.parent / "locales"


def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; the one of French is empty, as is that of a language we don't have."""
    return gettext.translation("messages", _LOCALES, [language], fallback=True)


def chosen_now(scope: Scope) -> str | None:
    """Return the language that a link of ours asks for by this request (`?lang=en`)."""
    for name, value in _query(scope):
        if name == PARAMETER and value in LANGUAGES:
            return value
    return None


def language_of(scope: Scope, cookies: Cookies, ui_locales: str = "") -> str:
    """Return the language to speak: chosen now, chosen before, asked by the application, French.

    `ui_locales` is the application's list, best first, separated by spaces (OpenID Connect Core §3.1.2.1).
    """
    chosen = chosen_now(scope) or cookies.read(scope, COOKIE)
    wished = (tag.partition("-")[0].lower() for tag in ui_locales.split())
    return next((language for language in (chosen, *wished) if language in LANGUAGES), SOURCE)


def address_in(scope: Scope, language: str) -> str:
    """Return a link to this same page in another language.

    It is a query alone, without path or host, so that nothing in the request can make it lead elsewhere.
    """
    kept = [(name, value) for name, value in _query(scope) if name != PARAMETER]
    return f"?{urlencode([*kept, (PARAMETER, language)])}"


def same_address(scope: Scope) -> str:
    """Return a link to this same page, to load it anew."""
    return f"?{urlencode(_query(scope))}"


def _query(scope: Scope) -> Sequence[tuple[str, str]]:
    """Return the query without the one secret that an address of ours may hold: no page repeats a mailed link."""
    sent = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace")
    return [(name, value) for name, value in sent if name != "token"]
