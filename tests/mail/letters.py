"""Letters for stories."""

from datetime import UTC, datetime, timedelta

from idp.mail.letter import Letter, LetterKind, Value

PUT_AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
LINK = "https://connexion.clickasso.fr/password/reset?token=rl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
FORGOTTEN = "https://connexion.clickasso.fr/password/forgot"

CONTEXTS: dict[LetterKind, dict[str, Value]] = {
    LetterKind.RESET_LINK: {"link": LINK, "code": "BCDF2345", "first_password": False},
    LetterKind.PASSWORD_CHANGED: {"changed_at": PUT_AT.isoformat(), "forgotten_url": FORGOTTEN},
    LetterKind.ADDRESS_CHANGED_OLD: {"changed_at": PUT_AT.isoformat()},
    LetterKind.ADDRESS_CHANGED_NEW: {
        "changed_at": PUT_AT.isoformat(),
        "forgotten_url": FORGOTTEN,
        "first_password": False,
    },
    LetterKind.KNOWN_BROWSER: {"link": LINK},
}


def make_letter(
    kind: LetterKind = LetterKind.RESET_LINK,
    *,
    to: str = "nora@exemple.fr",
    association_name: str = "Escrime Lyon",
    reply_to: str | None = "contact@escrime-lyon.fr",
    language: str = "fr",
    timezone: str = "Europe/Paris",
    colour: str = "#0b6b53",
    expires_at: datetime | None = PUT_AT + timedelta(hours=24),
    **context: Value,
) -> Letter:
    """A letter that would be sent, with a context fit for its kind."""
    return Letter(
        kind=kind,
        to=to,
        association_name=association_name,
        context=CONTEXTS[kind] | context,
        reply_to=reply_to,
        language=language,
        timezone=timezone,
        colour=colour,
        expires_at=expires_at,
    )
