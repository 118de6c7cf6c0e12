"""The way to the membership service, over real sockets: two seconds in all, 64 KiB, one second try (SEC-40, REL-14)."""

import asyncio
import gzip
import time
from pathlib import Path

import anyio
import httpx
import pytest
import respx

from idp.eligibility.membership.client import LONGEST_BODY, Answer, HttpClient, NoAnswer, Question, Why
from idp.tls import verifying_context
from tests.certificates import SelfMadeAuthority
from tests.eligibility.membership.servers import (
    Talk,
    answering,
    dripping,
    free_port,
    pouring,
    saying,
    sleeping,
    talking_server,
)

QUESTION = Question("POST", "/check", {"authorization": "Bearer x"}, b"{}")


def client_of(url: str, *, ca_file: str = "", seconds: float = 2) -> HttpClient:
    return HttpClient(url, verifying_context(ca_file), deadline_seconds=seconds)


async def ask(url: str, *, ca_file: str = "", seconds: float = 2) -> Answer:
    """Ask once, with a client of its own."""
    client = client_of(url, ca_file=ca_file, seconds=seconds)
    try:
        return await client.ask(QUESTION)
    finally:
        await client.close()


async def why_not(url: str, *, ca_file: str = "", seconds: float = 2) -> Why:
    """Ask once, and return why there was no answer."""
    with pytest.raises(NoAnswer) as caught:
        await ask(url, ca_file=ca_file, seconds=seconds)
    return caught.value.why


async def test_an_answer_comes_with_its_status_and_body() -> None:
    async with talking_server(answering(b'{"eligible": false}')) as url:
        answer = await ask(url)

    assert answer == Answer(200, b'{"eligible": false}')


async def test_a_refused_connection_is_tried_once_more() -> None:
    port = free_port()

    async with anyio.create_task_group() as tasks:
        asking = asyncio.create_task(ask(f"http://127.0.0.1:{port}"))
        await anyio.sleep(0.05)  # the first try has been refused by now
        async with talking_server(answering(b"{}"), port=port):
            answer = await asking
        tasks.cancel_scope.cancel()

    assert answer == Answer(200, b"{}")


async def test_a_connection_that_is_refused_twice_is_no_answer_within_the_two_seconds() -> None:
    began = time.monotonic()

    why = await why_not(f"http://127.0.0.1:{free_port()}")

    assert why is Why.REFUSED
    assert time.monotonic() - began < 1


@respx.mock
async def test_no_other_fault_of_a_connection_is_tried_again(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("http://127.0.0.1:1/check").mock(side_effect=httpx.ConnectError("no such host"))

    why = await why_not("http://127.0.0.1:1")

    assert (why, route.call_count) == (Why.BROKEN, 1)


@pytest.mark.parametrize("talk", [sleeping, dripping], ids=["30 seconds", "a byte now and then"])
async def test_a_slow_answer_is_given_up_after_two_seconds(talk: Talk) -> None:
    began = time.monotonic()

    async with talking_server(talk) as url:
        why = await why_not(url)
    took = time.monotonic() - began

    assert why is Why.LATE
    assert 1.9 < took < 3


async def test_an_answer_of_50_mib_is_cut_at_64_kib() -> None:
    async with talking_server(pouring) as url:
        why = await why_not(url)

    assert why is Why.TOO_LONG


@pytest.mark.parametrize(("length", "passes"), [(LONGEST_BODY, True), (LONGEST_BODY + 1, False)])
async def test_the_bound_is_64_kib_to_the_byte(length: int, *, passes: bool) -> None:
    async with talking_server(answering(b" " * length)) as url:
        outcome = len((await ask(url)).body) if passes else await why_not(url)

    assert outcome == (length if passes else Why.TOO_LONG)


async def test_a_compressed_answer_is_not_opened() -> None:
    bomb = gzip.compress(b" " * 10_000_000)

    async with talking_server(answering(bomb, headers=b"content-encoding: gzip\r\n")) as url:
        why = await why_not(url)

    assert why is Why.ENCODED


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n"],
    ids=["nothing", "half", "another protocol", "no status"],
)
async def test_an_answer_that_breaks_off_or_is_no_http_is_none(raw: bytes) -> None:
    async with talking_server(saying(raw)) as url:
        why = await why_not(url)

    assert why is Why.BROKEN


async def test_a_redirect_is_not_followed() -> None:
    followed: list[bytes] = []

    async def trap(_writer: asyncio.StreamWriter) -> None:
        followed.append(b"")

    async with talking_server(trap) as elsewhere:
        redirect = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: %s/\r\ncontent-length: 0\r\n\r\n" % elsewhere.encode()
        async with talking_server(saying(redirect)) as url:
            answer = await ask(url)

    assert (answer, followed) == (Answer(307), [])


@respx.mock
async def test_a_redirect_to_a_link_local_address_goes_nowhere(respx_mock: respx.MockRouter) -> None:
    metadata = respx_mock.get("http://169.254.169.254/latest/meta-data").respond(200)
    respx_mock.post("https://members.example/check").respond(
        302, headers={"location": "http://169.254.169.254/latest/meta-data"}
    )

    answer = await ask("https://members.example")

    assert (answer, metadata.called) == (Answer(302), False)


async def test_a_certificate_of_an_authority_that_we_believe_is_good(tmp_path: Path) -> None:
    authority = SelfMadeAuthority(tmp_path)

    async with talking_server(answering(b"{}"), tls=authority.server_context()) as url:
        answer = await ask(url, ca_file=str(authority.ca_file))

    assert answer.status == 200


async def test_a_certificate_of_an_authority_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    authority = SelfMadeAuthority(tmp_path)

    async with talking_server(answering(b"{}"), tls=authority.server_context()) as url:
        why = await why_not(url)

    assert why is Why.BROKEN


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    authority = SelfMadeAuthority(tmp_path)

    async with talking_server(answering(b"{}"), tls=authority.server_context("members.example")) as url:
        why = await why_not(url, ca_file=str(authority.ca_file))

    assert why is Why.BROKEN


async def test_thirty_two_questions_are_under_way_and_the_others_wait_within_their_own_time() -> None:
    under_way = 0

    async def count(_writer: asyncio.StreamWriter) -> None:
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(30)

    async with talking_server(count) as url:
        client = client_of(url, seconds=1)
        asking = [asyncio.create_task(client.ask(QUESTION)) for _ in range(60)]
        await asyncio.sleep(0.6)
        at_once = under_way
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        await client.close()
    reasons = {outcome.why for outcome in outcomes if isinstance(outcome, NoAnswer)}

    assert at_once == 32
    assert reasons == {Why.LATE, Why.CROWDED}


async def test_a_caller_who_hangs_up_leaves_the_place_to_others() -> None:
    async with talking_server(sleeping) as url:
        client = client_of(url)
        leaving = [asyncio.create_task(client.ask(QUESTION)) for _ in range(32)]
        await asyncio.sleep(0.3)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        began = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            await client.ask(QUESTION)
        await client.close()

    assert caught.value.why is Why.LATE  # it was asked, and not left waiting for a place
    assert time.monotonic() - began < 3


async def test_a_kept_connection_that_the_service_is_just_closing_is_replaced() -> None:
    connections = 0

    async def answer_and_leave(writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answering(b"{}")(writer)  # closes 50 ms later, without having said so

    async with talking_server(answer_and_leave) as url:
        client = client_of(url)
        answers = [await client.ask(QUESTION), await client.ask(QUESTION)]
        await client.close()

    assert answers == [Answer(200, b"{}")] * 2
    assert connections == 2


async def test_a_question_that_a_new_connection_took_is_not_put_again() -> None:
    taken = 0

    async def take_and_leave(_writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        taken += 1

    async with talking_server(take_and_leave) as url:
        why = await why_not(url)

    assert (why, taken) == (Why.BROKEN, 1)


def test_a_client_serves_one_event_loop_after_the_other() -> None:
    port = free_port()
    client = client_of(f"http://127.0.0.1:{port}")

    async def once() -> Answer:
        async with talking_server(answering(b"{}"), port=port):
            try:
                return await client.ask(QUESTION)
            finally:
                await client.close()

    assert [anyio.run(once), anyio.run(once)] == [Answer(200, b"{}")] * 2
