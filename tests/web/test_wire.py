"""Slow sockets and large heads, over a real connection (SEC-30)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from idp.web import wire
from idp.web.wire import BoundedHttpProtocol


class HastyProtocol(BoundedHttpProtocol):
    """The same, with less patience."""

    def _start_clock(self) -> None:
        self._timer = self.loop.call_later(0.3, self._refuse, wire._TIMEOUT)  # noqa: SLF001 -- the module under test


async def say_hello(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    server = uvicorn.Server(
        uvicorn.Config(say_hello, port=0, http=HastyProtocol, lifespan="off", log_config=None, loop="asyncio")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def answers_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


@pytest.mark.parametrize(
    "pieces",
    [(), (b"GET / HT",), (b"GET / HTTP/1.1\r\nHost: x\r\n",), (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",)],
    ids=["says nothing", "half a line", "half a head", "half a body"],
)
async def test_a_request_that_does_not_arrive_is_hung_up_on(pieces: tuple[bytes, ...]) -> None:
    async with served() as port:
        answer = await answers_to(port, *pieces)

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_never_ends_is_hung_up_on_before_it_fills_the_memory() -> None:
    async with served() as port:
        answer = await answers_to(port, b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000)

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_second_request_on_the_same_connection_has_its_own_clock() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    async with served() as port:
        answer = await answers_to(port, request, request, b"GET / HT", pause=0.2)

    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert answer.endswith(b"\r\n\r\n")
    assert b"HTTP/1.1 408 " in answer
