"""Turns a letter into subject, text and HTML with the templates of `templates/mail`, in the letter's language.

French is the source and English a catalogue; every value is escaped in HTML, and a name that a template misses is a
fault, not a gap (StrictUndefined). Nothing here is fetched from elsewhere, and nothing in a mail is either.
"""

import gettext
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from idp.mail.letter import Letter
from idp.mail.rules import one_line, text_colour_on

SUBJECT_LENGTH = 200
INSTANTS = frozenset({"changed_at"})
"""The keys of contexts that hold an instant."""

Translations = Callable[[str], gettext.NullTranslations]


def source_language(_language: str) -> gettext.NullTranslations:
    """Return no translation: every language reads French."""
    return gettext.NullTranslations()


@dataclass(frozen=True)
class Rendered:
    """A letter as it reads."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders letters. Safe to use from several threads."""

    def __init__(self, translations: Translations = source_language) -> None:
        """`translations` gives the catalogue of a language."""
        self._translations = translations
        self._environments: dict[str, Environment] = {}
        self._first_use = threading.Lock()

    def render(self, letter: Letter) -> Rendered:
        """Return the letter's subject (one line), text and HTML."""
        environment = self._environment(letter.language)
        values = _values(letter)
        subject, text, html = (
            environment.get_template(f"{letter.kind}/{part}").render(values)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        return Rendered(one_line(subject, SUBJECT_LENGTH), text, html)

    def _environment(self, language: str) -> Environment:
        with self._first_use:
            if language not in self._environments:
                self._environments[language] = _make_environment(self._translations(language))
            return self._environments[language]


def _make_environment(translations: gettext.NullTranslations) -> Environment:
    environment = Environment(
        loader=PackageLoader("idp", "templates/mail"),
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=True, default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True  # as Babel gathers them
    install = environment.install_gettext_translations  # type: ignore[attr-defined]  # the extension adds it
    install(translations, newstyle=True)
    return environment


def _values(letter: Letter) -> dict[str, object]:
    zone = ZoneInfo(letter.timezone)
    context = {
        key: datetime.fromisoformat(value).astimezone(zone) if key in INSTANTS and isinstance(value, str) else value
        for key, value in letter.context.items()
    }
    return {
        **context,
        "to": letter.to,
        "association_name": letter.association_name,
        "reply_to": letter.reply_to,
        "language": letter.language,
        "colour": letter.colour,
        "text_colour": text_colour_on(letter.colour),
        "expires_at": letter.expires_at.astimezone(zone) if letter.expires_at else None,
    }
