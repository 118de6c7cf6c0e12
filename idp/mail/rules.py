"""Decides what may stand in a mail, whom it may go to, and when it is tried again.

Keeps SEC-08 (one recipient), SEC-32 (names can't forge headers) and REL-08 (the ladder of retries). Knows no database,
no clock, no SMTP: the caller passes the time.
"""

import re
import unicodedata
import zoneinfo
from datetime import datetime, timedelta

import idna

from idp.web.brand import contrast

ADDRESS_LENGTH = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3); what is longer is none."""
NAME_LENGTH = 80
"""Characters of a name that a mail shows."""
TEXT_LENGTH = 1_000
"""Characters of any other value, a link included."""
DEFAULT_COLOUR = "#1f4fa3"
DEFAULT_TIMEZONE = "Europe/Paris"

RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 1_800))
LATER_DELAY = timedelta(hours=1)
TRIED_FOR = timedelta(hours=24)

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str, limit: int = TEXT_LENGTH) -> str:
    """Return the text on one line of at most `limit` characters, without what could forge a header or turn it around.

    Controls and line or paragraph separators become spaces; surrogates and direction marks go; a cut ends in « … ».
    """
    kept = "".join(_plain(letter) for letter in text[: limit * 4])
    line = " ".join(kept.split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: limit - 1].rstrip() + "…"


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cs" or letter in _DIRECTION_MARKS:
        return ""
    return " " if category in {"Cc", "Zl", "Zp"} else letter


def envelope_address(address: str) -> str | None:
    """Return the address as SMTP takes it (domain in ASCII), or nothing when it is not exactly one address (SEC-08)."""
    local, at, domain = address.strip(" ").rpartition("@")
    if not at or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        return None
    try:
        host = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return None
    return f"{local}@{host}" if _DOMAIN.fullmatch(host) else None


def domain_of(address: str) -> str:
    """Return what stands behind the @, in lower case: mails to one domain share its slowness."""
    return address.rpartition("@")[2].lower()


def known_timezone(name: str) -> str:
    """Return the timezone's name, or Paris where there is no such zone."""
    try:
        return zoneinfo.ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder of zones
        return DEFAULT_TIMEZONE


def button_colour(colour: str) -> str:
    """Return the club's colour as `#rrggbb`, or our own where it is none."""
    wanted = colour.strip().lower()
    return wanted if _COLOUR.fullmatch(wanted) else DEFAULT_COLOUR


def text_colour_on(colour: str) -> str:
    """Return white or near-black, whichever is read better on `colour` (WCAG 2.2, contrast ratio)."""
    return max(("#ffffff", "#1b1d22"), key=lambda text: contrast(text, colour))


def next_attempt(created_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` failures, or nothing when 24 hours are over (REL-08).

    After 2, 5, 15 s, then 1, 5, 15, 30 min, then hourly, with a last try at the 24th hour.
    """
    end = created_at + TRIED_FOR
    if now >= end:
        return None
    delay = RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else LATER_DELAY
    return min(now + delay, end)
