"""A folder as an operator has it: made with the commands, served by the command, over real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PATIENCE_SECONDS = 40


@dataclass
class Server:
    """A running `idp serve`, or another command that goes on."""

    process: "subprocess.Popen[str]"
    log: Path

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal to this process alone, and wait. Returns how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        found = [line for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [json.loads(line) for line in found]


@dataclass
class Installation:
    """One folder, its settings and its ports."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port, self.ops_port = free_ports(2)
        self.environment = {
            "IDP_SERVER__PORT": str(self.port),
            "IDP_SERVER__OPS_PORT": str(self.ops_port),
            "IDP_SERVER__PUBLIC_URL": self.address,
            **self.environment,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def operations(self) -> str:
        return f"http://127.0.0.1:{self.ops_port}"

    def run(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Type a command in the folder."""
        return subprocess.run(
            self._command(words),
            cwd=self.folder,
            env=self._environ(environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def do(self, *words: str) -> str:
        """Type a command that must succeed. Returns what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"idp {' '.join(words)}: {done.returncode}: {done.stderr}{done.stdout}"
        return done.stdout

    def ask(self, *words: str) -> Any:  # noqa: ANN401 -- an object or a list
        """Type a command with `--json`. Returns what it said."""
        return json.loads(self.do(*words, "--json"))

    def serve(self, **environ: str) -> Server:
        """Start `idp serve`, and wait until it is ready."""
        server = self.start("serve", **environ)
        self.wait_until_ready(server)
        return server

    def start(self, *words: str, **environ: str) -> Server:
        """Start a command that goes on."""
        log = self.folder / f"log-{len(self.servers)}.txt"
        with log.open("w") as file:
            process = subprocess.Popen(
                self._command(words),
                cwd=self.folder,
                env=self._environ(environ),
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        server = Server(process, log)
        self.servers.append(server)
        return server

    def wait_until_ready(self, server: Server) -> None:
        """Wait until both ports answer."""

        def is_ready() -> bool:
            assert server.process.poll() is None, server.log.read_text("utf-8")
            return is_answered(f"{self.address}/jwks") and is_answered(f"{self.operations}/health/ready")

        self.wait_until(is_ready)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so, and fail where it does not become so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < until, self.servers[-1].log.read_text("utf-8") if self.servers else "waited"
            time.sleep(0.05)

    def close(self) -> None:
        """End whatever still runs."""
        for server in self.servers:
            if server.process.poll() is None:
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()

    def _command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "idp", *words]

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "AUTHLIB_"))}
        return {**kept, **self.environment, **more}


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_answered(url: str) -> bool:
    """Tell whether somebody answers there with 200."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
