"""Decides when two spellings of an identifier are the same (S5–S7, SEC-35): one function, one answer everywhere."""

import unicodedata

import idna

from idp.eligibility.verdict import Eligible

MAXIMUM_LENGTH = 254


def canonical_identifier(text: str) -> str:
    """Return the form that is compared: trimmed, NFKC, case folded; the domain of an email in ASCII.

    What can't be an identifier (too long, control characters) canonicalises to the empty string, which nobody has.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if len(folded) > MAXIMUM_LENGTH or any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in folded):
        return ""
    local, at, domain = folded.rpartition("@")
    if not at:
        return folded
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}" if local and domain else ""
    except idna.IDNAError:
        return ""


def is_email(canonical: str) -> bool:
    """Tell an email from a username, which holds no @."""
    return "@" in canonical


def login_key(verdict: Eligible) -> str:
    """Return the key of the credential that this mailbox (or, without one, this username) opens."""
    return canonical_identifier(verdict.email or verdict.username or "")
