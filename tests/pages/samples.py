"""Every page in every state that a person can meet, with believable contents: rendered, measured, looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.web.brand import Brand

CLUB = Brand("Escrime Lyon", "#0b6b53")
PALE_CLUB = Brand("Judo Club des Monts d’Or", "#ffd23f")
TYPED = {"association": "Escrime-Lyon", "identifier": "nora@exemple.fr"}
EMPTY = {"association": "", "identifier": ""}
BACK = {"back_address": "/Login/Escrime-Lyon"}
FORGOT = {"forgot_address": "/password/forgot?association=Escrime-Lyon"}
PERSONS = [
    {"value": "P1", "given_name": "Nora", "family_name": "Petit", "acting_for": ["Lina Petit"], "current": True},
    {"value": "C2", "given_name": "Jules", "family_name": "Petit"},
    {"value": "C3", "given_name": "Marie-Ange", "family_name": "de la Villardière-Montesquieu"},
]


@dataclass(frozen=True)
class Sample:
    """A page in one state."""

    name: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    brand: Brand = CLUB


def _error(kind: str, status: int) -> Sample:
    context = {"kind": kind, "incident": "8c1f0e5ab92d4477", "again": "?"}
    return Sample(f"error-{kind}", "error.html", context, status, Brand())


def _authorize_error(reason: str) -> Sample:
    context = {"reason": reason, "incident": "8c1f0e5ab92d4477"}
    return Sample(f"authorize-{reason}", "authorize_error.html", context, 400, Brand())


SAMPLES = (
    Sample("login-bare", "login.html", EMPTY, brand=Brand()),
    Sample("login-club", "login.html", {**TYPED, **FORGOT, "identifier": "", "other_association_address": "/"}),
    Sample(
        "login-application",
        "login.html",
        {
            **TYPED,
            "association_bound": True,
            "application": "Boutique",
            "policy_uri": "https://boutique.exemple.fr/donnees",
            "tos_uri": "https://boutique.exemple.fr/conditions",
        },
    ),
    Sample("login-refused", "login.html", {**TYPED, "refused": True, "contact": "bureau@escrime-lyon.fr"}),
    Sample("login-throttled", "login.html", {**TYPED, "wait_minutes": 2}, 429),
    Sample(
        "login-known-browser",
        "login.html",
        {**TYPED, "needs": "known_browser", "browser_link_address": "/browser/link"},
        429,
    ),
    Sample("login-reset", "login.html", {**TYPED, "needs": "reset"}, 429),
    Sample("login-browser-link-sent", "login.html", {**TYPED, "notice": "browser_link_sent"}),
    Sample("login-browser-known", "login.html", {**TYPED, "notice": "browser_known"}),
    Sample("browser-link", "browser_link.html", {**TYPED, **BACK}),
    Sample("browser-known", "browser_known.html"),
    Sample("login-mail-sent", "login.html", {**TYPED, "notice": "mail_sent", "code_address": "/password/code"}),
    Sample("login-maybe-sent", "login.html", {**TYPED, "notice": "maybe_sent", "code_address": "/password/code"}),
    Sample("login-password-set", "login.html", {**TYPED, "notice": "password_set"}),
    Sample("login-pale", "login.html", {**TYPED, "association": "judo-monts-dor"}, brand=PALE_CLUB),
    Sample("forgot", "forgot.html", {**TYPED, **BACK}),
    Sample("forgot-empty", "forgot.html", {**EMPTY, **BACK}, brand=Brand()),
    Sample("forgot-bound", "forgot.html", {**TYPED, **BACK, "association_bound": True}),
    Sample(
        "forgot-unknown",
        "forgot.html",
        {
            "association": "MonAssociation",
            "identifier": "test@monassociation.fr",
            **BACK,
            "unknown": True,
            "contact": "bureau@escrime-lyon.fr",
        },
    ),
    Sample("code", "code.html", {**BACK, **FORGOT}),
    Sample("code-refused", "code.html", {**BACK, **FORGOT, "refused": True, "code": "B7K2-9QXZ"}),
    Sample("reset", "reset.html", {"identifier": "nora@exemple.fr", "minimum_length": 12}),
    Sample(
        "reset-refused",
        "reset.html",
        {"identifier": "nora@exemple.fr", "minimum_length": 12, "faults": ["TOO_SHORT", "PERSONAL"]},
    ),
    Sample(
        "reset-all-faults",
        "reset.html",
        {
            "identifier": "nora@exemple.fr",
            "minimum_length": 12,
            "maximum_length": 256,
            "faults": ["TOO_SHORT", "TOO_LONG", "UNUSABLE_CHARACTERS", "COMMON", "PERSONAL", "GUESSABLE"],
        },
    ),
    Sample("link-dead", "link_dead.html", {**BACK, **FORGOT}, 410),
    Sample("person", "person.html", {"persons": PERSONS, "back_address": "/account"}),
    Sample("person-application", "person.html", {"persons": PERSONS[1:], "application": "Boutique"}),
    Sample(
        "account",
        "account.html",
        {
            "given_name": "Nora",
            "family_name": "Petit",
            "association": "Escrime Lyon",
            "season": "2026-2027",
            "identifier": "nora@exemple.fr",
            "acting_for": ["Lina Petit"],
            "applications": [
                {"name": "Boutique", "address": "https://boutique.exemple.fr/"},
                {"name": "Licences", "address": ""},
            ],
            "other_persons": True,
        },
    ),
    Sample(
        "account-alone",
        "account.html",
        {
            "given_name": "Hugo",
            "family_name": "Martin",
            "association": "Escrime Lyon",
            "identifier": "hugo@exemple.fr",
            "applications": [],
            "other_persons": False,
        },
    ),
    Sample("logout", "logout.html", {"names": ["Nora Petit", "Jules Petit"]}),
    Sample("logout-application", "logout.html", {"names": ["Nora Petit"], "application": "Boutique"}),
    Sample("logged-out", "logged_out.html"),
    Sample(
        "logged-out-application",
        "logged_out.html",
        {"application": "Boutique", "application_address": "https://boutique.exemple.fr/"},
    ),
    Sample("accessibilite", "accessibilite.html", brand=Brand()),
    Sample("mentions", "mentions.html", brand=Brand()),
    _authorize_error("unknown_client"),
    _authorize_error("redirect_uri"),
    _authorize_error("invalid_request"),
    _authorize_error("expired"),
    _error("malformed", 400),
    _error("wrong_host", 400),
    _error("stale_form", 403),
    _error("not_found", 404),
    _error("method", 405),
    _error("gone", 410),
    _error("too_large", 413),
    _error("media_type", 415),
    _error("throttled", 429),
    _error("fault", 500),
    _error("unavailable", 503),
)
