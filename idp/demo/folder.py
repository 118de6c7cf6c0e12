"""The demonstration's folder: what is where, who holds it, and what of the environment counts in it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.errors import CommandError

DECIDED = (
    "SERVER__PUBLIC_URL",
    "SERVER__HOST",
    "SERVER__PORT",
    "SERVER__OPS_PORT",
    "SERVER__OPS_HOST",
    "MAIL__SMTP_URL",
    "MAIL__FROM",
    "KEYS__DIRECTORY",
    "LOGIN__DEFAULT_APPLICATION",
)
"""What the demonstration decides itself: the environment can't."""


@dataclass(frozen=True)
class Folder:
    """A folder of the demonstration's own."""

    path: Path

    @property
    def config(self) -> Path:
        """The provider's settings."""
        return self.path / "config.toml"

    @property
    def client(self) -> Path:
        """The application's id and secret, as `idp client add --json` prints them; written last of the first run."""
        return self.path / "client.json"

    @property
    def members(self) -> Path:
        """The members as they were imported."""
        return self.path / "members.csv"

    @property
    def mails(self) -> Path:
        """What the mailbox received."""
        return self.path / "mails"

    def log(self, name: str) -> Path:
        """Return where a part writes its log."""
        return self.path / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder while the demonstration runs: two at once would move each other's addresses.

        Raises `CommandError`.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "running.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(
                    f"a demonstration runs in {self.path} already; end it, or name another: --folder"
                ) from None
            yield

    def write_privately(self, file: Path, content: str) -> None:
        """Write a file that nobody else may read, whole or not at all."""
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(content)
        unfinished.replace(file)


def environment_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what the demonstration decides itself."""
    decided = {"IDP_CONFIG", *(f"IDP_{name}{suffix}" for name in DECIDED for suffix in ("", "_FILE"))}
    return {name: value for name, value in environ.items() if name.upper() not in decided}
