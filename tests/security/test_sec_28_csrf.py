"""SEC-28: every form is taken only from a page of ours, shown in this browser; GET changes nothing anywhere."""

import pytest

from tests.factories import add_member
from tests.security.place import CLUB, HUGO, NEW_PASSWORD, PASSWORD, PUBLIC_URL, Place, Visitor
from tests.security.records import changed_tables, tables_of
from tests.security.routes import EVERY, address_of, without_verdict

SIGN_IN = {"association": CLUB, "identifier": HUGO, "password": PASSWORD}
FORMS: dict[str, dict[str, str]] = {
    "/": SIGN_IN,
    "/Login/{association}": SIGN_IN,
    "/person": {"person": "a-75012.P1"},
    "/logout": {},
    "/password/forgot": {"association": CLUB, "identifier": HUGO},
    "/password/code": {"code": "BCDFGHJK"},
    "/password/reset": {"password": NEW_PASSWORD},
    "/browser/link": {"association": CLUB, "identifier": HUGO},
    "/browser/known": {},
}
"""What each form changes something with."""
GONE = {"/browser/known": (410,)}
"""What the busy browser can't use: the link that makes it known, for it has signed in."""
BY_PROGRAMS = frozenset({"/token", "/userinfo", "/authorize"})
"""These take no cookie for a proof; `/authorize` changes nothing but that a request waits."""

REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "no token": ("", {}),
    "wrong token": ("x" * 43, {}),
    "another browser's token": ("other", {}),
    "foreign origin": ("own", {"origin": "https://evil.example"}),
    "our name as a prefix": ("own", {"origin": f"{PUBLIC_URL}.evil.example"}),
    "our name on http": ("own", {"origin": PUBLIC_URL.replace("https", "http")}),
    "our name on a port": ("own", {"origin": f"{PUBLIC_URL}:8443"}),
    "cross-site": ("own", {"sec-fetch-site": "cross-site"}),
    "same-site": ("own", {"sec-fetch-site": "same-site"}),
    "null origin, cross-site": ("own", {"origin": "null", "sec-fetch-site": "cross-site"}),
    "no token, method override": ("", {"x-http-method-override": "GET"}),
}
"""Which token, and which headers."""
NULL_ORIGIN = {"null": {"origin": "null"}, "null, same-origin": {"origin": "null", "sec-fetch-site": "same-origin"}}


@pytest.fixture
def busy(small_place: Place) -> Visitor:
    """A browser with everything at once: a session, a link that it opened, a code that it may type."""
    visitor = small_place.member()
    visitor.get(visitor.link_for(HUGO))
    return visitor


def test_sec28_every_form_is_on_the_list() -> None:
    assert without_verdict(FORMS.keys() | BY_PROGRAMS, "POST") == frozenset()


@pytest.mark.parametrize("path", FORMS)
def test_sec28_a_form_that_is_not_ours_is_refused_and_changes_nothing(
    small_place: Place, busy: Visitor, path: str
) -> None:
    tokens = {"": "", "own": busy.token(), "other": small_place.visitor().token()}
    before = tables_of(small_place.worker.services.store)

    answers = {
        case: busy.post(address_of(path), FORMS[path] | {"csrf_token": tokens.get(token, token)}, **headers).status_code
        for case, (token, headers) in REFUSED.items()
    }

    assert answers == dict.fromkeys(REFUSED, 403)
    assert changed_tables(before, tables_of(small_place.worker.services.store)) == set()


@pytest.mark.parametrize("path", FORMS)
def test_sec28_the_token_alone_decides_where_no_header_speaks(busy: Visitor, path: str) -> None:
    answer = busy.post(address_of(path), FORMS[path] | {"csrf_token": busy.token()})

    assert answer.status_code in {200, 303, *GONE.get(path, ())}


@pytest.mark.parametrize("path", FORMS)
def test_sec28_our_own_origin_is_welcome(busy: Visitor, path: str) -> None:
    headers = {"origin": PUBLIC_URL, "sec-fetch-site": "same-origin"}

    answer = busy.post(address_of(path), FORMS[path] | {"csrf_token": busy.token()}, **headers)

    assert answer.status_code in {200, 303, *GONE.get(path, ())}


@pytest.mark.parametrize("headers", NULL_ORIGIN.values(), ids=NULL_ORIGIN.keys())
def test_sec28_a_null_origin_is_taken_on_the_forms_of_mailed_links_alone(
    busy: Visitor, headers: dict[str, str]
) -> None:
    token = {"csrf_token": busy.token()}

    taken = {path for path in FORMS if busy.post(address_of(path), token, **headers).status_code != 403}

    assert taken == {"/password/reset", "/browser/known"}


def test_sec28_get_changes_nothing_whatever_fields_it_carries(small_place: Place, busy: Visitor) -> None:
    token = {"csrf_token": busy.token()}
    before = tables_of(small_place.worker.services.store)

    answers = {
        (method, path): busy.client.request(
            method,
            address_of(path),
            params=FORMS.get(path, {}) | token,
            headers={"x-http-method-override": "POST", "x-method-override": "POST"},
        ).status_code
        for taken, path in EVERY
        if taken == "GET"
        for method in ("GET", "HEAD")
    }

    assert max(answers.values()) < 500
    assert changed_tables(before, tables_of(small_place.worker.services.store)) == set()


def test_sec28_a_method_in_the_form_is_no_method(small_place: Place, busy: Visitor) -> None:
    fields = {"_method": "DELETE", "csrf_token": busy.token(), "association": CLUB, "identifier": "x", "password": "y"}
    before = tables_of(small_place.worker.services.store)

    busy.post("/", fields, **{"x-http-method-override": "DELETE"})

    assert changed_tables(before, tables_of(small_place.worker.services.store)) == {"audit_event"}


def test_sec28_a_choice_of_person_needs_the_token(small_place: Place) -> None:
    small_place.worker.services.store.write_blocking(
        lambda tx: add_member(tx, small_place.club, "P90", email=HUGO, given_name="Zoé")
    )
    visitor = small_place.member()
    page = visitor.get("/person")
    value = page.text.partition('name="person" value="')[2].partition('"')[0]
    before = tables_of(small_place.worker.services.store)

    refused = visitor.post("/person", {"person": value, "csrf_token": "x"})

    assert (value != "", refused.status_code) == (True, 403)
    assert changed_tables(before, tables_of(small_place.worker.services.store)) == set()
