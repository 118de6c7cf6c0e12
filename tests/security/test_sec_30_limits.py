"""SEC-30: what is too much, too slow or doubtful is refused over real sockets, while others are served."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from idp.web import wire
from idp.web.wire import BoundedHttpProtocol
from tests.security.place import PUBLIC_URL, Place

HOST = PUBLIC_URL.removeprefix("https://")
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
KIB = 1_024
SLOW_SOCKETS = 200


class HastyProtocol(BoundedHttpProtocol):
    """The service's own, with the patience of a test."""

    def _start_clock(self) -> None:
        self._timer = self.loop.call_later(2.0, self._refuse, wire._TIMEOUT)  # noqa: SLF001 -- the module under test


@asynccontextmanager
async def served(place: Place) -> AsyncIterator[int]:
    """Serve the whole application on a port of its own, as `idp serve` does."""
    config = uvicorn.Config(
        place.worker.app, http=HastyProtocol, lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, port=0, loop="asyncio",
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def answer_to(port: int, head: str, *pieces: bytes) -> bytes:
    """Send a request, and return what comes back until the other side hangs up or says no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in (f"{head.rstrip()}\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode(), *pieces):
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b"HTTP/1.1 cut "
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def post(path: str, length: int | None = None, extra: str = FORM) -> str:
    told = "" if length is None else f"Content-Length: {length}\r\n"
    return f"POST {path} HTTP/1.1\r\n{extra}{told}"


CHUNKED = FORM + "Transfer-Encoding: chunked\r\n"
REFUSED: dict[str, tuple[str, bytes, int]] = {
    "17 KiB told": (post("/", 17 * KIB), b"", 413),
    "1 GiB told": (post("/", 1 << 30), b"", 413),
    "2^70 told": (post("/", 1 << 70), b"", 400),
    "17 KiB in chunks": (post("/", None, CHUNKED), b"4400\r\n" + b"a" * 17 * KIB + b"\r\n0\r\n\r\n", 413),
    "65 KiB for a program": (post("/token", 65 * KIB), b"", 413),
    "both length and chunks": (post("/", 5, CHUNKED), b"0\r\n\r\n", 400),
    "two lengths": (post("/", 5, FORM + "Content-Length: 6\r\n"), b"aaaaa", 400),
    "a negative length": (post("/", None, FORM + "Content-Length: -1\r\n"), b"", 400),
    "a length in hex": (post("/", None, FORM + "Content-Length: 0x5\r\n"), b"", 400),
    "an unknown coding": (post("/", None, FORM + "Transfer-Encoding: gzip, chunked\r\n"), b"0\r\n\r\n", 400),
    "a gzip body": (post("/", 3, FORM + "Content-Encoding: gzip\r\n"), b"abc", 415),
    "multipart": (post("/", 3, "Content-Type: multipart/form-data; boundary=x\r\n"), b"abc", 415),
    "json": (post("/", 2, "Content-Type: application/json\r\n"), b"{}", 415),
    "deep json": (post("/", 10_000, "Content-Type: application/json\r\n"), b"[" * 10_000, 415),
    "deep json for a program": (post("/token", 10_000, "Content-Type: application/json\r\n"), b"[" * 10_000, 400),
    "10,000 fields": (post("/", 16_000), b"a&" * 8_000, 400),
    "10,000 fields for a program": (post("/token", 20_000), b"a&" * 10_000, 400),
    "a field's name of 15 KiB": (post("/", 15 * KIB), b"a" * 15 * KIB, 403),
    "a field's name of 1 MiB": (post("/", KIB * KIB), b"", 413),
    "TRACE": ("TRACE / HTTP/1.1\r\n", b"", 405),
    "PUT": (f"PUT / HTTP/1.1\r\n{FORM}Content-Length: 0\r\n", b"", 405),
    "PROPFIND": ("PROPFIND / HTTP/1.1\r\n", b"", 405),
    "OPTIONS": ("OPTIONS /token HTTP/1.1\r\n", b"", 405),
    "no such verb": ("BREW /token HTTP/1.1\r\n", b"", 400),
    "a head of 40 KiB": (f"GET / HTTP/1.1\r\nX: {'a' * 40 * KIB}\r\n", b"", 431),
    "half a request line": ("GET\r\n", b"", 400),
}


async def test_sec30_what_is_too_much_or_doubtful_is_refused_at_once(small_place: Place) -> None:
    async with served(small_place) as port:
        await answer_to(port, "GET / HTTP/1.1\r\n")
        began = time.monotonic()
        answers = {case: status(await answer_to(port, head, body)) for case, (head, body, _) in REFUSED.items()}
        took = time.monotonic() - began

    assert answers == {case: wanted for case, (_, _, wanted) in REFUSED.items()}
    assert took / len(REFUSED) < 0.1


@pytest.mark.parametrize("path", ["/jwks", "/favicon.ico", "/"])
async def test_sec30_ranges_are_not_looked_at(small_place: Place, path: str) -> None:
    ranges = ",".join(f"{n}-{n}" for n in range(1_000))

    async with served(small_place) as port:
        answer = await answer_to(port, f"GET {path} HTTP/1.1\r\nRange: bytes={ranges}\r\n")

    assert status(answer) == 200
    assert b"content-range" not in answer.lower()


async def test_sec30_no_body_however_long_grows_the_process(small_place: Place) -> None:
    chunk = b"10000\r\n" + b"a" * 64 * KIB + b"\r\n"

    async with served(small_place) as port:
        await answer_to(port, post("/", None, CHUNKED), chunk)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answers = [await answer_to(port, post("/", None, CHUNKED), *([chunk] * 160)) for _ in range(4)]
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert not any(answer.startswith(b"HTTP/1.1 2") for answer in answers)
    assert grown < 10 * KIB


async def test_sec30_slow_sockets_end_and_others_are_served_meanwhile(small_place: Place) -> None:
    async with served(small_place) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SLOW_SOCKETS)]
        for number, (_, writer) in enumerate(slow):
            writer.write(
                [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", f"{post('/', 9)}Host: {HOST}\r\n\r\na".encode()][
                    number % 4
                ]
            )
        waits = []
        for _ in range(20):
            began = time.monotonic()
            assert status(await answer_to(port, "GET /jwks HTTP/1.1\r\n")) == 200
            waits.append(time.monotonic() - began)
        ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in slow)), 10)
        for _, writer in slow:
            writer.close()

    assert max(waits) < 1
    assert {end[:12] for end in ends} == {b"HTTP/1.1 408"}


def test_sec30_the_service_waits_less_than_fifteen_seconds() -> None:
    assert wire.PATIENCE_SECONDS <= 15
