"""SEC-36: which passwords are taken, on the page that sets one and on the page that asks for it."""

import time
import unicodedata

import pytest

from tests.security.place import HUGO, Place, Visitor
from tests.security.routes import HTTPS_FORM

LONG = "girafe tournevis marée lundi "
REFUSED = {
    "11 characters": "girafe mure",
    "257 characters": (LONG * 9)[:257],
    "10,000 characters": (LONG * 400)[:10_000],
    "a NUL": "girafe tournevis\0lundi",
    "a known one": "motdepasse123",
    "the association's name": "MonAssociation2026",
    "one's own address": "hugo@exemple.fr",
    "empty": "",
}
TAKEN = {
    "12 characters": "gq7 zk2 vw9x",
    "64 characters": (LONG * 3)[:64],
    "256 characters": (LONG * 9)[:256],
    "spaces at both ends": "  girafe tournevis marée  ",
    "emoji": "🌻🦒🔧 marée lundi",
    "decomposed letters": unicodedata.normalize("NFD", "élève à vélo çà et là"),
}


@pytest.fixture
def at_the_form(small_place: Place) -> Visitor:
    """A browser that has opened its mailed link."""
    visitor = small_place.visitor()
    visitor.get(visitor.link_for(HUGO))
    return visitor


@pytest.mark.parametrize("password", REFUSED.values(), ids=REFUSED.keys())
def test_sec36_a_password_against_the_policy_is_refused_with_a_reason(at_the_form: Visitor, password: str) -> None:
    answer = at_the_form.set_password(password)

    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_sec36_half_a_surrogate_is_refused(at_the_form: Visitor) -> None:
    body = f"csrf_token={at_the_form.token('/password/reset')}&password=girafe+tournevis+%ED%A0%80"

    assert at_the_form.client.post("/password/reset", content=body, headers=HTTPS_FORM).status_code == 400


@pytest.mark.parametrize("password", TAKEN.values(), ids=TAKEN.keys())
def test_sec36_a_password_that_is_taken_counts_to_its_last_character(
    small_place: Place, at_the_form: Visitor, password: str
) -> None:
    changed = at_the_form.set_password(password)

    right = small_place.visitor().sign_in(HUGO, unicodedata.normalize("NFC", password))
    cut = small_place.visitor().sign_in(HUGO, password[:-1])

    assert (changed.status_code, right.status_code, cut.status_code) == (303, 303, 200)


@pytest.mark.parametrize("length", [257, 10_000])
def test_sec36_a_password_that_is_too_long_costs_no_more_than_any_other(small_place: Place, length: int) -> None:
    visitor = small_place.visitor()

    began = time.monotonic()
    answer = visitor.sign_in(HUGO, "a" * length)

    assert answer.status_code == 200
    assert time.monotonic() - began < 2
