"""Runs the demonstration: sets up what is missing, starts the parts, says where they are, ends them together."""

import contextlib
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import uvicorn

from idp.clock import SystemClock
from idp.demo import clubs
from idp.demo.addresses import HOST, Addresses, listening
from idp.demo.application import register
from idp.demo.children import Part, first_ended, started
from idp.demo.folder import Folder, environment_of
from idp.demo.mailbox import Mailbox
from idp.demo.pages import create_mailbox_app
from idp.demo.smtp import receiving
from idp.entropy import SystemEntropy
from idp.errors import CommandError
from idp.services import Services, open_services, system_ports
from idp.settings import Settings

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
        """Serve until told to stop (Ctrl-C, TERM, or the end of the `make` that started us).

        Raises `CommandError`, `SettingsError`, `Unavailable`.
        """
        if not APPLICATION.exists():
            raise CommandError(f"{APPLICATION} is missing: the demonstration runs in a clone of the project")
        with self.folder.held():
            self.addresses.require_free()
            smtp = listening(0)
            settings = self.folder.open(
                self.addresses, smtp.getsockname()[1], SystemEntropy(), environment_of(os.environ)
            )
            self._prepare(settings)
            complaint = anyio.run(self._serve, smtp)
        if complaint:
            raise CommandError(complaint)

    def _prepare(self, settings: Settings) -> None:
        """Fill the clubs at the first run; let the application's addresses follow PORT at each."""
        services = open_services(settings, system_ports(settings))
        try:
            if not self.folder.client.exists():
                self._fill(services)
            kept = self.folder.client.read_text("utf-8") if self.folder.client.exists() else None
            client = register(services.clients, self.addresses.application, kept)
            if client != kept:
                self.folder.write_privately(self.folder.client, client)
        finally:
            services.close()

    def _fill(self, services: Services) -> None:
        members = clubs.members_file(services.ports.clock.now().date())
        self.folder.members.write_text(members, "utf-8")
        clubs.fill(services, members)

    async def _serve(self, smtp: socket.socket) -> str | None:
        """Return why it ended, unless it was told to."""
        mailbox = Mailbox(self.folder.mails, SystemClock())
        async with (
            receiving(mailbox, smtp),
            _serving(create_mailbox_app(mailbox, self.addresses), listening(self.addresses.mailbox_port)),
            started(*self._parts()) as children,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(_stop_when_told, tasks.cancel_scope)
            tasks.start_soon(_stop_when_orphaned, tasks.cancel_scope)
            tasks.start_soon(self._announce)
            ended = await first_ended(children)
            tasks.cancel_scope.cancel()
            return f"the {ended.part.name} has ended; {ended.part.log} says why"
        return None

    def _parts(self) -> tuple[Part, ...]:
        environ = environment_of(os.environ)
        client = json.loads(self.folder.client.read_text("utf-8"))
        application = environ | {
            "DEMO_PUBLIC_URL": self.addresses.application,
            "DEMO_ISSUER": self.addresses.provider,
            "DEMO_MAILBOX_URL": self.addresses.mailbox,
            "DEMO_CLIENT_ID": client["client_id"],
            "DEMO_CLIENT_SECRET": client["client_secret"],
        }
        return (
            Part("provider", "provider", self.folder.config, environ, self.folder.log("provider")),
            Part("application", "script", APPLICATION, application, self.folder.log("application")),
        )

    async def _announce(self) -> None:
        """Say where everything is, once it answers."""
        await _answering(self.addresses.ops_port, "/health/ready")
        await _answering(self.addresses.application_port, "/health")
        self.say(_announcement(self.addresses))


def _announcement(addresses: Addresses) -> str:
    return f"""
  provider      {addresses.provider}
  application   {addresses.application}     begin here
  mailbox       {addresses.mailbox}     what the provider mails

  Sign in with  association {clubs.FIRST.association}, email {clubs.FIRST.identifier}, password: {clubs.PASSWORD}
  or set a first password by mail, as nora@exemple.fr: « Première connexion ? », then the mailbox.
  Who else there is, and what each should see: {addresses.application}/comptes

  Ctrl-C ends all. The data stay in var/demo/ for the next time.
"""


class _QuietServer(uvicorn.Server):
    """A server that leaves the signals to the demonstration."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


@contextlib.asynccontextmanager
async def _serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:  # noqa: ANN401 -- uvicorn's own type is a union of callables
    """Serve an application on a socket until the block ends."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = _QuietServer(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        try:
            yield
        finally:
            server.should_exit = True


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
