"""How cookies are written and read (STD-41)."""

from datetime import timedelta

import pytest
from starlette.responses import Response

from idp.web.cookies import Cookies

AN_HOUR = timedelta(hours=1)


def test_a_cookie_is_for_this_host_alone_and_unseen_by_script() -> None:
    response = Response()

    Cookies(secure=True).put(response, "idp_reset", "rl_x", AN_HOUR)

    assert response.headers["set-cookie"] == (
        "__Host-idp_reset=rl_x; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure"
    )


def test_a_cookie_is_taken_away_with_the_same_attributes() -> None:
    response = Response()

    Cookies(secure=False).drop(response, "idp_reset")

    assert response.headers["set-cookie"] == "idp_reset=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("value", ["a;b", "a b", "a\r\nSet-Cookie: x=y", "é", '"a"', "a,b"])
def test_nothing_that_could_end_the_header_becomes_a_value(value: str) -> None:
    with pytest.raises(ValueError, match="not a cookie's value"):
        Cookies(secure=True).header("idp_reset", value, AN_HOUR)


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ([b"a=1; idp=x; b=2"], "x"),
        ([b"a=1", b"idp=x"], "x"),
        ([b"idp=x; idp=x"], "x"),
        ([b"idp=x; idp=y"], None),
        ([b"IDP=x"], None),
        ([b"idp"], ""),
        ([b";;=;\xff=\xfe"], None),
        ([], None),
    ],
)
def test_a_cookie_is_read_where_there_is_one(lines: list[bytes], value: str | None) -> None:
    scope = {"headers": [(b"cookie", line) for line in lines]}

    assert Cookies(secure=False).read(scope, "idp") == value
