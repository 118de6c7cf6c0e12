"""An installation as an operator makes it: a folder, the commands, a process that serves, and what it says."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

MEMBERS = "association,season,external_id,given_name,family_name,birth_date,email,username,guardian_of,roles\n"
CALLBACK = "https://boutique.exemple.fr/callback"


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Installation:
    """A folder in which `idp init` has run."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self.ops_port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "IDP_SERVER__PORT": str(self.port),
            "IDP_SERVER__OPS_PORT": str(self.ops_port),
            "IDP_SERVER__PUBLIC_URL": self.origin,
            **self.environment,
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command and wait for its end."""
        command = [sys.executable, "-m", "idp", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def must(self, *words: str) -> str:
        """Type a command that has to work."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def populate(self, *members: str) -> dict[str, Any]:
        """Make a club with these members (lines of the file) and an application, which is returned with its secret."""
        (self.folder / "members.csv").write_text(MEMBERS + "\n".join(members) + "\n", "utf-8")
        self.must("association", "add", "--code", "75012", "--alias", "MonAssociation", "--name", "Mon association")
        self.must("season", "start", "--association", "75012", "--label", "2026-2027", "--ends-on", "2027-08-31")
        self.must("members", "import", "members.csv")
        added = self.must("client", "add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--json")
        client: dict[str, Any] = json.loads(added)
        return client

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve; what is said goes to `said`."""
        with (self.folder / "said").open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "idp", "serve"], cwd=self.folder, env=self.environment, stdout=said, stderr=said
            )
            try:
                self._wait(process)
                yield process
            finally:
                process.terminate()
                process.wait(30)

    @property
    def said(self) -> str:
        """Return what the process wrote on standard output and standard error."""
        return (self.folder / "said").read_text("utf-8", errors="replace")

    def stored(self) -> bytes:
        """Return the database's files, byte for byte."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("idp.db*")))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert process.poll() is None, self.said
            try:
                if httpx.get(f"http://127.0.0.1:{self.ops_port}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.said)
