"""SEC-46: whatever breaks, the answer is a French page or JSON with an incident's number, and nothing is half done."""

import re
from collections.abc import Callable
from dataclasses import fields

import pytest
from httpx2 import Response

from idp.errors import Unavailable
from idp.services import Services
from idp.web.paths import is_read_by_programs
from tests.security.place import (
    CLUB,
    HUGO,
    NEW_PASSWORD,
    PASSWORD,
    Place,
    Visitor,
    exchange,
    parameters_of,
    refresh,
    swap,
)
from tests.security.records import changed_tables, failing_at, tables_of
from tests.security.routes import EVERY, address_of, served

MARKER = "zqx-marker-of-a-secret"
MARKUP = "<script>zqxalert</script>\"'&lt;"
WORKING = {"settings", "ports", "mint", "cookies", "pages", "sealer"}
"""What an answer is made with."""
ASKS_NOTHING = {("GET", path) for path in ("/accessibilite", "/mentions", "/favicon.ico", "/robots.txt")}
"""Pages that call no service: there is nothing to break."""
PREPARED = {("GET", path) for path in served("GET") if path == "/jwks" or path.startswith("/.well-known/")}
"""Documents that stand ready: no outage can reach them."""
FORM = {"association": CLUB, "identifier": HUGO, "password": NEW_PASSWORD, "person": "x", "code": "BCDFGHJK"}
AT_TOKEN = {"grant_type": "authorization_code", "code": "ac_x", "client_id": "c"}
TRACES = re.compile(r"Traceback|\.py\b|sqlalchemy|starlette|uvicorn|SELECT |Error\b|BrokenDisk|zqx")


class Broken:
    """A service of which nothing works."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def break_down(*_arguments: object, **_named: object) -> object:
            raise RuntimeError(MARKER)

        return break_down


class Away:
    """A service that gives no answer now."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def say_so(*_arguments: object, **_named: object) -> object:
            raise Unavailable("database", MARKER, retry_after_seconds=7)

        return say_so


def break_every_service(place: Place, part: object) -> None:
    """Have every service that a handler may call be this one, from now on."""
    services = place.worker.services
    broken = {one.name: part for one in fields(Services) if one.name not in WORKING}
    place.worker.app.state.services = swap(services, **broken)


def call(visitor: Visitor, method: str, path: str, token: str) -> Response:
    """A request that a handler would begin to work for."""
    form = AT_TOKEN if path == "/token" else FORM | {"csrf_token": token, "access_token": "x"}
    return visitor.client.request(
        method,
        address_of(path),
        data=form if method == "POST" else None,
        headers={"authorization": "Bearer x"} if (method, path) == ("GET", "/userinfo") else {},
    )


def is_answered(answer: Response, path: str) -> bool:
    """Whether a fault reads as it should: number, French or OAuth's word, and nothing of what happened."""
    number = answer.headers["x-request-id"]
    if is_read_by_programs(path):
        told = answer.json()
        is_right = told == {"error": told["error"], "incident": number}
    else:
        is_right = f"Référence\u00a0: {number}" in answer.text and '<html lang="fr"' in answer.text
    return is_right and not TRACES.search(answer.text)


def test_sec46_a_fault_in_each_handler_is_a_500_that_tells_nothing(small_place: Place) -> None:
    visitor = small_place.visitor()
    token = visitor.token()
    break_every_service(small_place, Broken())

    answers = {where: call(visitor, *where, token) for where in EVERY if where not in ASKS_NOTHING}

    assert {where: answer.status_code for where, answer in answers.items() if answer.status_code != 500} == {}
    assert [where for where, answer in answers.items() if not is_answered(answer, where[1])] == []


def test_sec46_an_outage_in_each_handler_is_a_503_that_says_when_to_come_again(small_place: Place) -> None:
    visitor = small_place.visitor()
    token = visitor.token()
    break_every_service(small_place, Away())

    answers = {where: call(visitor, *where, token) for where in EVERY if where not in ASKS_NOTHING | PREPARED}

    assert {(answer.status_code, answer.headers.get("retry-after")) for answer in answers.values()} == {(503, "7")}
    assert [where for where, answer in answers.items() if not is_answered(answer, where[1])] == []


# A fault in the middle of a unit: nothing of it stays.


def test_sec46_a_sign_in_that_breaks_down_leaves_no_session(place: Place) -> None:
    visitor = place.visitor()
    token = visitor.token()
    before = tables_of(place.worker.services.store)

    with failing_at(place.worker.services.store, "INSERT", "audit_event", MARKER):
        answer = visitor.post("/", {"csrf_token": token, "association": CLUB, "identifier": HUGO, "password": PASSWORD})

    assert answer.status_code == 500
    assert is_answered(answer, "/")
    assert changed_tables(before, tables_of(place.worker.services.store)) == set()
    assert not visitor.is_signed_in()


def test_sec46_a_request_for_a_link_that_breaks_down_mails_nothing(place: Place) -> None:
    visitor = place.visitor()
    token = visitor.token("/password/forgot")
    before = tables_of(place.worker.services.store)

    with failing_at(place.worker.services.store, "INSERT", "audit_event", MARKER):
        answer = visitor.post("/password/forgot", {"csrf_token": token, "association": CLUB, "identifier": HUGO})

    assert answer.status_code == 500
    assert changed_tables(before, tables_of(place.worker.services.store)) == set()


@pytest.mark.parametrize(
    "words",
    [("UPDATE", "reset_link"), ("UPDATE", "credential"), ("UPDATE", "browser_session"), ("INSERT", "outbox_mail")],
    ids=" ".join,
)
def test_sec46_a_new_password_that_breaks_down_spends_no_link(place: Place, words: tuple[str, str]) -> None:
    member, visitor = place.member(), place.visitor()
    visitor.get(visitor.link_for(HUGO))
    token = visitor.token("/password/reset")
    before = tables_of(place.worker.services.store)

    with failing_at(place.worker.services.store, *words, MARKER):
        broken = visitor.post("/password/reset", {"csrf_token": token, "password": NEW_PASSWORD})
    unchanged = changed_tables(before, tables_of(place.worker.services.store)) == set()
    mended = visitor.post("/password/reset", {"csrf_token": token, "password": NEW_PASSWORD})

    assert (broken.status_code, unchanged, mended.status_code) == (500, True, 303)
    assert not member.is_signed_in()


@pytest.mark.parametrize(
    "words",
    [("UPDATE", "browser_session"), ("UPDATE", "token_grant"), ("INSERT", "audit_event")],
    ids=" ".join,
)
def test_sec46_a_logout_that_breaks_down_says_so_and_ends_nothing(place: Place, words: tuple[str, str]) -> None:
    visitor = place.member()
    visitor.code(place.shop)
    token = visitor.token("/logout")

    with failing_at(place.worker.services.store, *words, MARKER):
        answer = visitor.post("/logout", {"csrf_token": token})

    assert answer.status_code == 500
    assert visitor.is_signed_in()


def test_sec46_an_exchange_that_breaks_down_spends_no_code(place: Place) -> None:
    visitor = place.member()
    code = visitor.code(place.shop)

    with failing_at(place.worker.services.store, "INSERT", "refresh_token", MARKER):
        broken = exchange(visitor, place.shop, code)
    mended = exchange(visitor, place.shop, code)

    assert (broken.status_code, broken.json()["error"]) == (500, "server_error")
    assert is_answered(broken, "/token")
    assert mended.status_code == 200


def test_sec46_a_refresh_that_breaks_down_spends_no_token(place: Place) -> None:
    visitor = place.member()
    first = exchange(visitor, place.shop, visitor.code(place.shop)).json()["refresh_token"]

    with failing_at(place.worker.services.store, "INSERT", "refresh_token", MARKER):
        broken = refresh(visitor, place.shop, first)
    mended = refresh(visitor, place.shop, first)

    assert (broken.status_code, mended.status_code) == (500, 200)


# Markup in every parameter, on pages that show what was typed and on those that refuse.


def test_sec46_what_is_typed_is_shown_as_text(small_place: Place) -> None:
    visitor = small_place.visitor()
    typed = dict.fromkeys(("association", "identifier"), "<script>zqxalert</script>") | {"code": "<script>zqx"}
    token = {"csrf_token": visitor.token()}

    shown = {
        path: visitor.post(address_of(path), {**typed, **token, "password": "x", "prefill": "1"})
        for path in ("/", "/Login/{association}", "/password/forgot", "/password/code")
    }

    assert {answer.status_code for answer in shown.values()} == {200}
    assert [path for path, answer in shown.items() if "&lt;script&gt;zqx" not in answer.text] == []
    assert [path for path, answer in shown.items() if "<script>zqx" in answer.text] == []


def test_sec46_markup_in_a_query_is_never_markup_in_the_answer(small_place: Place) -> None:
    names = (*parameters_of(small_place.shop), "request", "association", "notice", "lang", "token", "error", "x")
    visitor = small_place.visitor()

    answers = [
        visitor.client.request(method, address_of(path), params={name: MARKUP})
        for method, path in EVERY
        for name in names
    ]

    assert [answer.url for answer in answers if "<script>zqx" in answer.text] == []
    assert [answer.url for answer in answers if "<script" in str(answer.headers)] == []


def test_sec46_an_authorization_error_echoes_nothing_but_state(small_place: Place) -> None:
    asked = parameters_of(small_place.shop) | {"scope": "<zqx>", "state": "s-1"}

    told = small_place.visitor().client.get("/authorize", params=asked)

    assert "zqx" not in told.headers["location"]
    assert "state=s-1" in told.headers["location"]
