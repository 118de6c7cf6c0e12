"""Runs the demonstration: sets up what is missing, starts the parts, says where they are, ends them together."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio

from idp.demo.accounts import FIRST, PASSWORD
from idp.demo.addresses import HOST, Addresses, listening
from idp.demo.children import Part, first_ended, started
from idp.demo.folder import Folder, environment_of
from idp.errors import CommandError

APPLICATION = Path(__file__).parents[2] / "examples" / "demo_app" / "app.py"
WATCH_SECONDS = 0.5

Say = Callable[[str], None]


@dataclass(frozen=True)
class Demonstration:
    """One run, in one folder, at one set of addresses."""

    folder: Folder
    addresses: Addresses
    say: Say

    def run(self) -> None:
        """Serve until told to stop: Ctrl-C, TERM, or the end of the `make` that started us.

        Raises `CommandError` when it can't start, or a part of it ends by itself.
        """
        if not APPLICATION.exists():
            raise CommandError(f"{APPLICATION} is missing: the demonstration runs in a clone of the project")
        with self.folder.held():
            self.addresses.require_free()
            complaint = anyio.run(self._serve, listening(0), listening(self.addresses.mailbox_port))
        if complaint:
            raise CommandError(complaint)

    async def _serve(self, smtp: socket.socket, http: socket.socket) -> str | None:
        """Return why it ended, unless it was told to."""
        async with started(*self._parts(smtp.getsockname()[1])) as children:
            # The provider, which takes longest, is starting meanwhile.
            from idp.demo.serving import serving_mailbox  # noqa: PLC0415 -- as the line above says

            async with (
                serving_mailbox(self.folder.mails, self.addresses, smtp, http),
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(_stop_when_told, tasks.cancel_scope)
                tasks.start_soon(_stop_when_orphaned, tasks.cancel_scope)
                tasks.start_soon(self._announce)
                ended = await first_ended(children)
                tasks.cancel_scope.cancel()
                return f"the {ended.part.name} has ended: {ended.part.last_words()} ({ended.part.log})"
        return None

    def _parts(self, smtp_port: int) -> tuple[Part, ...]:
        environ = environment_of(os.environ)
        application = environ | {
            "DEMO_PUBLIC_URL": self.addresses.application,
            "DEMO_ISSUER": self.addresses.provider,
            "DEMO_CLIENT_FILE": str(self.folder.client),
            "DEMO_MAILBOX_URL": self.addresses.mailbox,
        }
        provider = ("provider", str(self.folder.path), str(self.addresses.port), str(smtp_port))
        return (
            Part("provider", provider, environ, self.folder.log("provider")),
            Part("application", ("script", str(APPLICATION)), application, self.folder.log("application")),
        )

    async def _announce(self) -> None:
        """Say where everything is, once it answers."""
        await _answering(self.addresses.ops_port, "/health/ready")
        await _answering(self.addresses.application_port, "/health")
        self.say(_announcement(self.addresses, self.folder))


def _announcement(addresses: Addresses, folder: Folder) -> str:
    return f"""
  provider      {addresses.provider}
  application   {addresses.application}     begin here
  mailbox       {addresses.mailbox}     what the provider mails

  Sign in with  association {FIRST.association}, email {FIRST.identifier}, password: {PASSWORD}
  or set a first password by mail, as nora@exemple.fr: « Première connexion ? », then the mailbox.
  Who else there is, and what each should see: {addresses.application}/comptes

  Ctrl-C ends all. The data stay in {folder.path} for the next time.
"""


async def _answering(port: int, path: str) -> None:
    """Wait until a GET on this machine answers 200."""
    request = f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode()
    while True:
        with contextlib.suppress(OSError, anyio.EndOfStream, anyio.BrokenResourceError):
            async with await anyio.connect_tcp(HOST, port) as stream:
                await stream.send(request)
                if b" 200 " in (await stream.receive()).partition(b"\r\n")[0]:
                    return
        await anyio.sleep(0.05)


async def _stop_when_told(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async for _ in signals:
            scope.cancel()
            return


async def _stop_when_orphaned(scope: anyio.CancelScope) -> None:
    """End with the `make` that started us, even if it was killed; who started `idp demo` by hand may go."""
    parent = os.getppid()
    while "MAKELEVEL" not in os.environ or os.getppid() == parent:  # noqa: ASYNC110 -- no event tells of it
        await anyio.sleep(WATCH_SECONDS)
    scope.cancel()
