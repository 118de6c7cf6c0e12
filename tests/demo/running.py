"""Demonstrations as real processes, on free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from idp.demo.addresses import Addresses

PATIENCE_SECONDS = 60
_START = count(20_000 + os.getpid() % 600 * 20, 20)
"""Below the ports that the system gives to clients: one of those could be in use by the next moment."""


@dataclass
class Running:
    """A demonstration, or the `make` that started it: `process` is the one that was started here."""

    process: subprocess.Popen[bytes]
    folder: Path
    addresses: Addresses
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8")

    def wait_until_it_serves(self) -> None:
        wait_for(lambda: "Ctrl-C" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the process that was started here, and to no other."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def family(self) -> set[int]:
        """The processes below the one that was started."""
        return descendants(self.process.pid)

    def has_ended(self, family: set[int]) -> bool:
        """Whether none of these processes is left and no port is held."""
        ports = [self.addresses.port + step for step in (0, 1, 2, 9)]
        return not any(map(is_alive, family)) and all(map(is_free, ports))

    def mails(self) -> list[dict[str, str]]:
        answer: list[dict[str, str]] = httpx.get(f"{self.addresses.mailbox}/messages.json").json()
        return answer


def start(
    folder: Path, *, port: int | None = None, with_make: bool = False, environ: Mapping[str, str] | None = None
) -> Running:
    """Start a demonstration in a folder, by itself or by `make` as the project's Makefile does."""
    addresses = Addresses(port or free_port())
    folder.mkdir(exist_ok=True)
    output = folder.with_name(f"{folder.name}-{addresses.port}.txt")
    command = [sys.executable, "-m", "idp", "demo", "--folder", str(folder)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "MAKE"))}
    if with_make:
        makefile = folder / "Makefile"
        makefile.write_text(f"run:\n\t@exec {' '.join(command)}\n", "utf-8")
        command = ["make", "--file", str(makefile), "run"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**inherited, "PORT": str(addresses.port), **(environ or {})},
            start_new_session=True,
        )
    return Running(process, folder, addresses, output)


def free_port() -> int:
    """The first of four ports that nothing listens on."""
    return next(port for port in _START if all(is_free(port + step) for step in (0, 1, 2, 9)))


def is_free(port: int) -> bool:
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def descendants(pid: int) -> set[int]:
    """The processes that a process started, and those that they did."""
    try:
        children = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()
    return children.union(*map(descendants, children))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until a condition holds, and return how many seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "in vain"
        time.sleep(0.02)
    return time.monotonic() - began
