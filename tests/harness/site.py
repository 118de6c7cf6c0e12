"""The whole service in one process, on a database of its own, with a clock that moves when told and letters that are
caught. What is dear to make and the same for everybody (keys, pages, hashes) is made once a run: `ReadyMade`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx

from idp.accounts.passwords import PlainPassword
from idp.accounts.service import Accounts
from idp.app import create_app
from idp.eligibility.members import Members
from idp.mail.courier import Courier
from idp.mail.rendering import Renderer
from idp.mail.service import MailWorker
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.ports import Ports
from idp.services import Services, open_services
from idp.settings import Database, Keys, Settings
from idp.signing.tables import SigningKey
from idp.store import Transaction
from idp.store.keyfiles import create_key_files
from idp.store.tables import table_of
from idp.throttle.gate import NullThrottle, Throttling
from idp.web.i18n import translations
from idp.web.templates import Pages
from tests.factories import Club, add_member, give_credential
from tests.fakes import FixedClock, SeededEntropy
from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.letters import CaughtLetters, ReadLetter

PASSWORD = "quatre mots sans rapport"
T = TypeVar("T")


@dataclass
class ReadyMade:
    """What every site of a run shares."""

    folder: Path
    _pages: dict[str, Pages] = field(default_factory=dict)
    _hashes: dict[str, str] = field(default_factory=dict)
    _signing_keys: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> Path:
        """The folder of `kek`, `pepper` and `hmac`."""
        folder = self.folder / "keys"
        if not folder.exists():
            create_key_files(folder, SeededEntropy(b"key files"))
        return folder

    def pages_of(self, services: Services) -> Pages:
        """Return pages that were compiled before, where settings allow."""
        return self._pages.setdefault(services.settings.server.public_url, services.pages)

    def give_signing_keys(self, services: Services) -> None:
        """Put the same signing keys into every database: an RSA key takes long to find."""
        table = table_of(SigningKey)
        if self._signing_keys:
            services.store.write_blocking(lambda tx: tx.execute(table.insert(), self._signing_keys).rowcount)
        services.key_ring.ensure_blocking()
        if not self._signing_keys:
            rows = services.store.read_blocking(lambda tx: tx.execute(table.select()).mappings().all())
            self._signing_keys = [dict(row) for row in rows]

    async def hash_of(self, services: Services, password: str) -> str:
        """Return a password's hash: made once, as every site has the same pepper."""
        if password not in self._hashes:
            self._hashes[password] = await services.hasher.hash(PlainPassword(password))
        return self._hashes[password]


@dataclass(frozen=True)
class Person:
    """A person of a club, and what they know."""

    club: Club
    id: str
    email: str
    password: str = ""


@dataclass
class Site:
    """The service, and what an operator may do to it. Open it with `open_site`."""

    services: Services
    clock: FixedClock
    http: httpx.AsyncClient
    ready_made: ReadyMade
    caught: CaughtLetters

    @property
    def address(self) -> str:
        return self.services.settings.server.public_url

    def write(self, unit: Callable[[Transaction], T]) -> T:
        return self.services.store.write_blocking(unit)

    def read(self, query: Callable[[Transaction], T]) -> T:
        return self.services.store.read_blocking(query)

    def new_browser(self) -> Browser:
        return Browser(self.http, self.address, self.clock)

    async def add_person(
        self,
        club: Club,
        person_id: str,
        email: str = "",
        *,
        password: str = "",
        **facts: Any,  # noqa: ANN401 -- as `add_member` takes them
    ) -> Person:
        """A person of the club's directory; with a password, if one is given."""
        stored = await self.ready_made.hash_of(self.services, password) if password else None

        def unit(tx: Transaction) -> None:
            add_member(tx, club, person_id, email=email or None, **facts)
            if stored:
                give_credential(
                    tx, club, email, password_hash=stored, entropy=SeededEntropy(email.encode() + club.id.encode())
                )

        self.write(unit)
        return Person(club, person_id, email, password)

    def register(self, name: str, **facts: Any) -> Application:  # noqa: ANN401 -- as `ClientFacts` takes them
        """Register an application at `https://<name>.example`."""
        home = f"https://{name.lower()}.example"
        wanted = {"redirect_uris": (f"{home}/retour",), "initiate_login_uri": f"{home}/entrer", **facts}
        outcome = self.services.clients.add(ClientFacts("", name, **wanted))
        assert isinstance(outcome, Registered), outcome
        return Application(outcome, self.http, self.address)

    @property
    def members(self) -> Members:
        return self.services.members

    @property
    def accounts(self) -> Accounts:
        return self.services.accounts

    async def letters(self) -> list[ReadLetter]:
        """Let every letter that was promised go out, and return all that ever arrived."""
        services, stop = self.services, anyio.Event()
        courier = Courier(Renderer(translations), self.caught, self.clock, services.settings.mail.from_)
        worker = MailWorker(services.store, services.outbox, courier, self.clock, SeededEntropy(b"sender"))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run, stop)
            while (await services.store.read(services.outbox.state)).depth:  # noqa: ASYNC110 -- the database says it
                await anyio.sleep(0.005)
            stop.set()
        return self.caught.letters

    async def letter_to(self, address: str) -> ReadLetter:
        """Return the last letter to this address."""
        return [letter for letter in await self.letters() if letter.to == address][-1]


def open_site(
    database_url: str,
    clock: FixedClock,
    ready_made: ReadyMade,
    sections: Mapping[str, Any] | None = None,
    throttle: Throttling | None = NullThrottle(),  # noqa: B008 -- it has no state
) -> Site:
    """Open the service on a database that has its tables. `sections` are settings that differ from the defaults.

    It counts nobody's tries, unless `throttle=None` leaves that to the settings.
    """
    settings = Settings(database=Database(url=database_url), keys=Keys(directory=ready_made.keys), **(sections or {}))
    opened = open_services(settings, Ports(clock, SeededEntropy(b"site")), throttle)
    services = replace(opened, pages=ready_made.pages_of(opened))
    ready_made.give_signing_keys(services)
    http = client_without_cookies(httpx.ASGITransport(create_app(services)))
    return Site(services, clock, http, ready_made, CaughtLetters())


def client_without_cookies(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client that several browsers share: each keeps its own cookies."""
    none = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(transport=transport, cookies=none)
