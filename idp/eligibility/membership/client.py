"""Speaks HTTP with the membership service: 2 s in all, 64 KiB, checked certificates, and never where a redirect points.

Knows nothing of verdicts. At most 32 questions are under way in a process; others wait within their own 2 s.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from weakref import WeakKeyDictionary

import anyio
import httpx

DEADLINE_SECONDS = 2.0
"""For everything: waiting for a free place, connecting, the second try, the last byte."""
LONGEST_BODY = 64 * 1024
MOST_AT_ONCE = 32
PAUSE_SECONDS = 0.1
"""Before the second try, so that a service that is just being restarted may be there."""
KEEP_ALIVE_SECONDS = 4
"""Less than servers keep a connection without work, so that no question goes into one that is being closed."""
HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "clickasso-idp"}


class Why(StrEnum):
    """Why there is no answer."""

    REFUSED = "connection refused, twice"
    BROKEN = "no connection, or one that broke"
    LATE = "no answer in time"
    CROWDED = "never asked: too many questions under way"
    TOO_LONG = "answer over 64 KiB"
    ENCODED = "answer in an encoding that nobody asked for"


class NoAnswer(Exception):
    """The service gave none that can be read."""

    def __init__(self, why: Why) -> None:
        """`why` is for the log."""
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Question:
    """A request. `path` begins with a slash and is quoted already."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """A response. The body is read only where the status is 200."""

    status: int
    body: bytes = b""


@dataclass
class _Under:
    """How far a question got."""

    way: bool = False


@dataclass(frozen=True)
class _Line:
    """The connections of one event loop."""

    client: httpx.AsyncClient
    places: anyio.CapacityLimiter


class HttpClient:
    """The way to one service. Proxies and credentials of the environment count for nothing here."""

    def __init__(self, url: str, context: ssl.SSLContext, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        """`url` is `[eligibility] url`; `context` checks certificates (`idp.tls`)."""
        self._url = url.rstrip("/")
        self._context = context
        self._deadline_seconds = deadline_seconds
        # A connection belongs to its event loop, and commands open one for each question.
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    async def ask(self, question: Question) -> Answer:
        """Send a question and return the answer, whatever its status. Raises `NoAnswer`."""
        under = _Under()
        try:
            with anyio.fail_after(self._deadline_seconds):
                line = self._line()
                async with line.places:
                    under.way = True
                    return await self._persist(line.client, question)
        except TimeoutError:
            raise NoAnswer(Why.LATE if under.way else Why.CROWDED) from None

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.client.aclose()

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            client = httpx.AsyncClient(
                verify=self._context,
                headers=HEADERS,
                timeout=None,  # noqa: S113 -- the deadline above holds for everything together
                limits=httpx.Limits(max_connections=MOST_AT_ONCE, keepalive_expiry=KEEP_ALIVE_SECONDS),
                follow_redirects=False,
                trust_env=False,
            )
            line = self._lines[loop] = _Line(client, anyio.CapacityLimiter(MOST_AT_ONCE))
        return line

    async def _persist(self, client: httpx.AsyncClient, question: Question) -> Answer:
        """Ask, and once more where nobody took the question.

        Nobody did where the connection was refused, or had been kept from before and was just being closed.
        """
        first = _Trace()
        try:
            return await self._send(client, question, first)
        except httpx.TransportError as fault:
            was_refused = is_refused(fault)
            if not (was_refused or first.was_kept):
                raise NoAnswer(Why.BROKEN) from fault
        if was_refused:
            await anyio.sleep(PAUSE_SECONDS)
        try:
            return await self._send(client, question, _Trace())
        except httpx.TransportError as fault:
            raise NoAnswer(Why.REFUSED if is_refused(fault) else Why.BROKEN) from fault

    async def _send(self, client: httpx.AsyncClient, question: Question, trace: "_Trace") -> Answer:
        request = client.build_request(
            question.method,
            f"{self._url}{question.path}",
            content=question.body or None,
            headers={**question.headers, **({"content-type": "application/json"} if question.body else {})},
            extensions={"trace": trace.note},
        )
        response = await client.send(request, stream=True)
        try:
            if response.status_code != HTTPStatus.OK:
                return Answer(response.status_code)
            return Answer(response.status_code, await _read(response))
        finally:
            await response.aclose()


@dataclass
class _Trace:
    """What became of one try."""

    _connected: bool = False
    _sent: bool = False

    @property
    def was_kept(self) -> bool:
        """Whether it went out on a connection from before."""
        return self._sent and not self._connected

    async def note(self, event: str, _details: object) -> None:
        """Listen to what httpcore tells of its steps."""
        self._connected |= event.startswith("connection.connect_")
        self._sent |= event.startswith("http11.send_request_headers.")


async def _read(response: httpx.Response) -> bytes:
    """Read no more than may be kept. A compressed answer could be any size once opened."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise NoAnswer(Why.ENCODED)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LONGEST_BODY:
            raise NoAnswer(Why.TOO_LONG)
    return bytes(body)


def is_refused(fault: BaseException | None) -> bool:
    """Tell whether a fault comes from a refused connection, on every address that was tried."""
    while fault is not None:
        if isinstance(fault, ConnectionRefusedError):
            return True
        if isinstance(fault, BaseExceptionGroup):
            return all(is_refused(one) for one in fault.exceptions)
        fault = fault.__cause__ or fault.__context__
    return False
