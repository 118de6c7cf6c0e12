"""The provider as an operator runs it: `idp serve` with two processes on PostgreSQL, on real sockets."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.security.place import Place, Visitor

START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class TwoProcesses:
    """Two serving processes, and the place in this process that shares their database."""

    place: Place
    port: int
    clients: ExitStack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def visitor(self) -> Visitor:
        """A browser with connections of its own: whichever process accepts them serves it."""
        client = self.clients.enter_context(httpx2.Client(base_url=self.url, timeout=30))
        return Visitor(self.place.worker, client)


def _write_config(folder: Path, place: Place, port: int) -> Path:
    config = folder / "config.toml"
    config.write_text(
        f'[server]\npublic_url = "http://127.0.0.1:{port}"\nport = {port}\nops_port = 0\nworkers = 2\n'
        f"background = false\n[database]\nurl = {json.dumps(place.database_url)}\n"
        f"[keys]\ndirectory = {json.dumps(str(place.stage.keys))}\n[passwords]\nargon2_threads = 1\n"
        "[testing]\nthrottle = false\n",
        "utf-8",
    )
    return config


@contextmanager
def two_processes(place: Place, folder: Path) -> Iterator[TwoProcesses]:
    """Serve the place's database with two processes, as `idp serve` does."""
    port = free_port()
    config = _write_config(folder, place, port)
    command = [sys.executable, "-m", "idp", "--config", str(config), "serve"]
    with (folder / "log").open("wb") as log:
        serving = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, serving, folder / "log")
            with ExitStack() as clients:
                yield TwoProcesses(place, port, clients)
        finally:
            serving.terminate()
            serving.wait(20)


def _wait_for(port: int, serving: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert serving.poll() is None, log.read_text()
        with suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{port}/jwks").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
