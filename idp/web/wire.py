"""The connection itself: a request must have arrived whole within twelve seconds, its head within 32 KiB (SEC-30).

uvicorn bounds neither. A slow socket costs nothing but itself: no thread, no request, no place in a queue.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE_SECONDS = 12.0
LONGEST_HEAD = 32 * 1024

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a clock and a scale."""

    _timer: asyncio.TimerHandle | None = None
    _head_length = 0
    _is_in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Start the clock: a connection that says nothing is slow too."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Weigh the head before it is parsed."""
        if self._is_in_head:
            self._head_length += len(data)
            if self._head_length > LONGEST_HEAD and b"\r\n\r\n" not in data[:LONGEST_HEAD]:
                self._refuse(_HEAD_TOO_LARGE)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins: first of the connection, or after another one."""
        if self._timer is None:
            self._start_clock()
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is here; the body may still be slow."""
        self._is_in_head = False
        self._head_length = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here whole."""
        self._stop_clock()
        self._is_in_head = True
        super().on_message_complete()

    def _start_clock(self) -> None:
        self._timer = self.loop.call_later(PATIENCE_SECONDS, self._refuse, _TIMEOUT)

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, answer: bytes) -> None:
        """Say why, where no answer has begun, and hang up."""
        self._stop_clock()
        if not self.transport.is_closing():
            last = getattr(self, "cycle", None)
            if last is None or last.response_complete or not last.response_started:
                self.transport.write(answer)
            self.transport.close()
