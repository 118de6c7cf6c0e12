"""Forms: each known field once, bounded and clean (SEC-08, 30, 31)."""

from contextlib import suppress

import anyio
import pytest
from hypothesis import given, strategies as st
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from idp.web.forms import Form, read_form
from idp.web.refusals import RequestRefused

FORM = "application/x-www-form-urlencoded"


def send(browser: TestClient, body: bytes, media_type: str = FORM) -> tuple[int, str]:
    response = browser.post("/", content=body, headers={"content-type": media_type})
    return response.status_code, response.text


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"identifier=nora%40a.fr", "nora@a.fr|0|False"),
        (b"identifier=%C3%A9l+a&cancel=", "él a|0|True"),
        (b"identifier=nora%0D%0A&other[]=1&other[]=2&x=%00", "nora|0|False"),
        (b"password=" + b"p" * 9000, "|9000|False"),
        (b"password=a%00b%09", "|4|False"),
        (b"identifier", "|0|False"),
    ],
)
def test_a_form_is_read(browser: TestClient, token: str, body: bytes, read: str) -> None:
    assert send(browser, body + b"&csrf_token=" + token.encode()) == (200, read)


@pytest.mark.parametrize(
    "body",
    [
        b"identifier=a&identifier=b",
        b"identifier[]=a",
        b"identifier%5B0%5D=a",
        b"identifier=a&csrf_token=x",
        b"identifier=a%00b",
        b"identifier=a%0ABcc%3Ab",
        b"identifier=%1b%5B31m",
        b"identifier=%C2%85x",
        b"identifier=12345678901",
        b"identifier=%ff",
        b"identifier=%ed%a0%80",
        b"identifier=%c0%af",
        b"%ff=a",
        b"password=%ff",
        b"&".join(b"f%d=1" % number for number in range(20)),
        b"csrf_token=" + b"x" * 65,
    ],
)
def test_what_no_page_of_ours_sends_is_refused(browser: TestClient, token: str, body: bytes) -> None:
    status, page = send(browser, body + b"&csrf_token=" + token.encode())

    assert status == 400
    assert "Demande incompréhensible" in page


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "multipart/form-data; boundary=x", "text/plain", f"{FORM}; charset=utf-16", "", FORM + "x"],
)
def test_another_media_type_is_refused(browser: TestClient, token: str, media_type: str) -> None:
    assert send(browser, b"csrf_token=" + token.encode(), media_type)[0] == 415


def test_the_media_type_may_name_its_charset(browser: TestClient, token: str) -> None:
    assert send(browser, b"csrf_token=" + token.encode(), f"{FORM};charset=UTF-8")[0] == 200


def test_a_form_names_its_fields_and_hides_their_values() -> None:
    form = Form({"password": "marker", "identifier": "nora"})

    assert repr(form) == "Form(identifier, password)"
    assert (sorted(form), len(form)) == (["identifier", "password"], 2)
    assert form["association"] == ""
    assert "association" not in form


@given(st.binary(max_size=300) | st.text("identifier=&[]%0Aa+;", max_size=60).map(str.encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", FORM.encode())]}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    read: Form | None = None
    with suppress(RequestRefused):
        read = anyio.run(read_form, Request(scope, receive), {"identifier": 10})

    assert read is None or len(read["identifier"]) <= 10
    assert read is None or not set(read["identifier"]) & {"\0", "\n", "\x1b"}
