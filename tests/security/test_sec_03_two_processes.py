"""SEC-03, 05, 07, 22 on two real processes of `idp serve` on one PostgreSQL: what one has ended, the other refuses."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from idp.eligibility.members import Members
from idp.store.migrate import upgrade
from tests.databases import PostgresqlServer
from tests.fakes import FixedClock
from tests.security.interleaving import cursors_that_can_be_held
from tests.security.place import (
    CLUB,
    HUGO,
    LEA,
    NEW_PASSWORD,
    NORA,
    Place,
    Stage,
    Visitor,
    at_once,
    counted,
    exchange,
    link_in,
    refresh,
    settings_of,
    userinfo,
)
from tests.security.processes import TwoProcesses, two_processes

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.xdist_group("two processes")]

TOGETHER = counted(16, 50)


@pytest.fixture(scope="module")
def served(
    postgresql_server: PostgresqlServer, stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoProcesses]:
    """Two processes on the machine's own clock, for all tests of this file: each has its own member."""
    url = postgresql_server.new_url(empty=True)
    upgrade(url)
    with ExitStack() as everything:
        everything.enter_context(cursors_that_can_be_held())
        clock = FixedClock(datetime.now(UTC))
        place = Place(url, stage, clock, everything, settings_of(url, stage.keys))
        yield everything.enter_context(two_processes(place, tmp_path_factory.mktemp("served")))
    postgresql_server.drop(url)


def member(served: TwoProcesses, address: str) -> Visitor:
    visitor = served.visitor()
    assert visitor.sign_in(address).status_code == 303
    return visitor


def test_sec03_a_code_brought_to_two_processes_by_many_is_exchanged_once(served: TwoProcesses) -> None:
    hugo, shop = member(served, HUGO), served.place.shop
    code = hugo.code(shop)

    answers = at_once([lambda: exchange(served.visitor(), shop, code)] * TOGETHER)

    (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert userinfo(hugo, tokens["access_token"]).status_code == 401


def test_sec03_a_refresh_token_brought_to_two_processes_by_many_is_used_once(served: TwoProcesses) -> None:
    hugo, shop = member(served, HUGO), served.place.shop
    token = exchange(hugo, shop, hugo.code(shop)).json()["refresh_token"]

    answers = at_once([lambda: refresh(served.visitor(), shop, token)] * TOGETHER)

    (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert refresh(hugo, shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_sec03_sec05_a_link_sets_one_password_and_ends_all_on_both_processes(served: TwoProcesses) -> None:
    browsers, shop = [member(served, NORA) for _ in range(3)], served.place.shop
    tokens = exchange(browsers[0], shop, browsers[0].code(shop)).json()
    served.visitor().ask_link(NORA)
    link = link_in(served.place.worker.letters_to(NORA)[-1])
    openers = [served.visitor() for _ in range(6)]
    for opener in openers:
        opener.get(link)
    forms = [(opener, opener.token("/password/reset")) for opener in openers]

    answers = at_once(
        [
            lambda opener=opener, token=token: opener.post(  # type: ignore[misc]  # the default binds this turn
                "/password/reset", {"csrf_token": token, "password": NEW_PASSWORD}
            )
            for opener, token in forms
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 5
    assert not any(at_once([browser.is_signed_in for browser in browsers * 4]))
    told = at_once([lambda: userinfo(served.visitor(), tokens["access_token"]).status_code] * 12)
    assert set(told) == {401}
    assert refresh(served.visitor(), shop, tokens["refresh_token"]).status_code == 400


def test_sec22_a_ban_by_a_third_process_is_in_force_on_both_at_the_next_request(served: TwoProcesses) -> None:
    hugo, place = member(served, HUGO), served.place
    tokens = exchange(hugo, place.shop, hugo.code(place.shop)).json()
    code = hugo.code(place.shop)
    members = Members(place.worker.services.store, place.clock)

    members.ban(place.club.code, "P1")

    assert not any(at_once([hugo.is_signed_in] * 12))
    told = at_once([lambda: userinfo(served.visitor(), tokens["access_token"]).status_code] * 12)
    assert set(told) == {401}
    assert refresh(served.visitor(), place.shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert exchange(served.visitor(), place.shop, code).json()["error"] == "invalid_grant"
    members.unban(place.club.code, "P1")


def test_sec07_a_target_that_names_another_host_mails_our_own_address_or_none(served: TwoProcesses) -> None:
    visitor = served.visitor()
    token = visitor.token("/password/forgot")
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    body = f"csrf_token={token}&association={CLUB}&identifier={LEA}"
    head = (
        "POST http://evil.example/password/forgot HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nCookie: {cookies}\r\nContent-Length: {length}\r\n\r\n{body}"
    )

    answers = [
        say(served.port, head.format(host=host, cookies=cookies, length=len(body), body=body))
        for host in ("evil.example", f"127.0.0.1:{served.port}")
    ]

    assert answers[0].startswith("HTTP/1.1 400")
    assert "evil" not in "".join(answers)
    ours = f"{served.url}/password/reset?token="
    assert all(str(letter.context["link"]).startswith(ours) for letter in served.place.worker.letters_to(LEA))


def say(port: int, text: str) -> str:
    """Send bytes as they are and return what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(text.encode())
        received = b""
        while piece := line.recv(65_536):
            received += piece
    return received.decode("utf-8", "replace")
