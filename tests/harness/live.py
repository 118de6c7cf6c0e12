"""The service over real sockets in a thread: HTTP by uvicorn, mail by SMTP, the machine's clock; and an operator beside
it, who acts through services of their own on the same database, as another process does.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from idp.app import create_app
from idp.clock import SystemClock
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.services import Services, open_services, system_ports
from idp.settings import Database, Keys, Mail, Server, Settings
from tests.factories import Club, add_member
from tests.harness.browser import Browser
from tests.harness.installation import Installation
from tests.harness.letters import ReadLetter, read
from tests.harness.site import Person, ReadyMade, client_without_cookies
from tests.smtp import Mailbox


@dataclass
class LiveSite:
    """A service that is served. `operator` are services on the same database, opened apart."""

    settings: Settings
    operator: Services
    http: httpx.AsyncClient
    mailbox: Mailbox
    folder: Path

    @property
    def address(self) -> str:
        return self.settings.server.public_url

    def new_browser(self) -> Browser:
        return Browser(self.http, self.address, SystemClock())

    def add_person(self, club: Club, person_id: str, email: str = "", **facts: object) -> Person:
        """A person of the club's directory, who has no password yet."""
        self.operator.store.write_blocking(
            lambda tx: add_member(tx, club, person_id, email=email or None, **facts)  # type: ignore[arg-type]  # as named there
        )
        return Person(club, person_id, email)

    def register(self, name: str, **facts: object) -> Registered:
        """Register an application at `https://<name>.example`."""
        home = f"https://{name.lower()}.example"
        wanted = {"redirect_uris": (f"{home}/retour",), "initiate_login_uri": f"{home}/entrer", **facts}
        outcome = self.operator.clients.add(ClientFacts("", name, **wanted))  # type: ignore[arg-type]  # as above
        assert isinstance(outcome, Registered), outcome
        return outcome

    def letter_to(self, address: str, count: int = 1) -> ReadLetter:
        """Wait until so many letters have come to this address, and return the last."""
        for total in range(1, 100):
            arrived = [letter for letter in self.mailbox.wait_for(total) if letter.to == address]
            if len(arrived) >= count:
                return read(arrived[-1].raw, address)
        raise AssertionError("a hundred letters, and none for them")

    def command_line(self) -> Installation:
        """The commands, typed by somebody else on this machine."""
        installed = Installation(self.folder)
        installed.environment |= {
            "IDP_SERVER__PUBLIC_URL": self.address,
            "IDP_DATABASE__URL": self.settings.database.url,
            "IDP_KEYS__DIRECTORY": str(self.settings.keys.directory),
        }
        return installed


@contextmanager
def serving(database_url: str, ready_made: ReadyMade, mailbox: Mailbox, folder: Path) -> Iterator[LiveSite]:
    """Serve the service on a database that has its tables, for the length of a `with`."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    plain_url = database_url.replace("postgresql+psycopg://", "postgresql://")
    settings = Settings(
        server=Server(public_url=address),
        database=Database(url=plain_url),
        keys=Keys(directory=ready_made.keys),
        mail=Mail(smtp_url=mailbox.url),
    )
    operator = open_services(settings, system_ports(settings))
    ready_made.give_signing_keys(operator)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(open_services(settings, system_ports(settings)), background=True),
            lifespan="on",
            log_config=None,
            access_log=False,
        )
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="service")
    thread.start()
    try:
        yield LiveSite(settings, operator, client_without_cookies(), mailbox, folder)
    finally:
        server.should_exit = True
        thread.join()
        operator.close()
