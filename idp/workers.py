"""Several processes that serve one socket: forked, started again when they die, ended when told or when we are gone.

The parent opens no database and starts no thread. It waits for signals one at a time, so that none comes between a
fork and its note: a worker that nobody knows of would keep the port for ever.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection

import structlog

RESTART_SECONDS = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

log = structlog.get_logger("idp")


class Workers:
    """The processes, by the numbers that they work under."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        """`work` serves in the process of a number, until SIGTERM or SIGINT."""
        self._count = count
        self._work = work
        self._numbers: dict[int, int] = {}
        self._is_stopping = False

    def run(self) -> None:
        """Keep the workers running until SIGTERM or SIGINT."""
        self._lifeline = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # whoever ignores it isn't told
        for number in range(self._count):
            self._start(number, before)
        while self._numbers:
            if signal.sigwait(_SIGNALS) == signal.SIGCHLD:
                self._bury(before)
            else:
                self._stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self, number: int, mask: Collection[int], pause: float = 0) -> None:
        pid = os.fork()
        if pid:
            self._numbers[pid] = number
            return
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(self._lifeline[1])
        threading.Thread(target=_end_with_parent, args=(self._lifeline[0],), daemon=True).start()
        time.sleep(pause)
        self._work(number)
        os._exit(0)

    def _stop(self) -> None:
        """Ask every worker to finish."""
        self._is_stopping = True
        for pid in self._numbers:
            os.kill(pid, signal.SIGTERM)

    def _bury(self, mask: Collection[int]) -> None:
        """Note who has died, and start others in their places."""
        for pid in list(self._numbers):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if not gone:
                continue
            number, code = self._numbers.pop(pid), os.waitstatus_to_exitcode(status)
            if not self._is_stopping:
                log.error("a worker died and is started again", pid=pid, status=code)
                self._start(number, mask, RESTART_SECONDS)


def _end_with_parent(lifeline: int) -> None:
    """Block until the parent's end of the pipe closes, however it died; then end this process in good order."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
