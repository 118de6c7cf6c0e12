"""Where the acceptance tests of security happen: one database, two clubs, one application, some workers.

A `Worker` is a whole provider in an event loop of its own; two on one database are two processes as far as the store is
concerned. A `Visitor` is a browser: its cookies, the forms that it was given, redirects as they come.
"""

import base64
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from httpx2 import Client, Response
from sqlalchemy import Table, func, select
from starlette.testclient import TestClient

from idp.accounts.store import disable, find_credential
from idp.app import create_app
from idp.mail.letter import Letter
from idp.mail.tables import OutboxMail
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.ports import Ports
from idp.services import Services, open_services
from idp.settings import Database, Keys, Login, Passwords, Server, Settings
from idp.signing.tables import SigningKey
from idp.store import Transaction
from idp.store.tables import table_of
from idp.throttle.gate import NullThrottle, Throttling
from idp.web.edge import Edge
from tests.factories import SEASON, Club, add_member, ban_person, give_credential, make_club
from tests.fakes import FixedClock, SeededEntropy

T = TypeVar("T")

PUBLIC_URL = "https://connexion.exemple.fr"
CALLBACK = "https://boutique.exemple.fr/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636, appendix B."""

PASSWORD = "quatre mots posés ensemble"
NEW_PASSWORD = "girafe tournevis marée lundi"
OTHER_PASSWORD = "lampadaire cuillère vendredi neige"
HUGO = "hugo@exemple.fr"
NORA = "nora@exemple.fr"
"""A member of the next season too."""
NEXT_SEASON = "2027-2028"
LEA = "lea@exemple.fr"
"""A member who never set a password."""
BANNED = "banni@exemple.fr"
DISABLED = "ferme@exemple.fr"
FORMER = "ancien@exemple.fr"
"""A member of last season alone."""
ELSEWHERE = "ailleurs@exemple.fr"
"""A member of the other club alone."""
FAMILY = "famille@exemple.fr"
"""Two persons' address."""
UNKNOWN = "personne@exemple.fr"
CLUB = "MonAssociation"
BROWSER_COOKIE = "__Host-idp_browser"
RESET_COOKIE = "__Host-idp_reset"
PROXY = "10.255.0.1"
"""The proxy of a guarded place."""


@dataclass
class Stage:
    """What every place of a test run shares, made once: keys on disk, a password's hash, signing keys."""

    keys: Path
    password_hash: str
    signing_keys: list[dict[str, Any]] = field(default_factory=list)


def settings_of(database_url: str, keys: Path, **sections: Any) -> Settings:  # noqa: ANN401 -- sections of settings
    """The settings of an https provider with argon2 at its floor."""
    given: dict[str, Any] = {
        "server": Server(public_url=PUBLIC_URL),
        "database": Database(url=database_url),
        "keys": Keys(directory=keys),
        "passwords": Passwords(argon2_threads=2),
        **sections,
    }
    return Settings(**given)


class Worker:
    """One process of the provider."""

    def __init__(self, services: Services, *, background: bool = False) -> None:
        self.services = services
        self.app: Edge = create_app(services, background=background)
        self._inside = TestClient(self.app, base_url=PUBLIC_URL)

    @contextmanager
    def serving(self) -> Iterator["Worker"]:
        with self._inside:
            yield self

    def visitor(self, address: str = "testclient") -> "Visitor":
        """A browser that has never been here, at a network address."""
        client = TestClient(self.app, base_url=PUBLIC_URL, follow_redirects=False, client=(address, 50_000))
        client.portal = self._inside.portal
        return Visitor(self, client)

    def letters(self) -> list[Letter]:
        """What waits in the outbox for somebody, the oldest first; decoys are for nobody."""
        mail = table_of(OutboxMail)
        wanted = select(mail.c.sealed_payload).where(mail.c.kind != "decoy").order_by(mail.c.created_at, mail.c.id)
        rows = self.services.store.read_blocking(lambda tx: tx.execute(wanted).scalars().all())
        return [self.services.outbox.open(sealed) for sealed in rows]

    def letters_to(self, address: str, kind: str = "reset_link") -> list[Letter]:
        return [letter for letter in self.letters() if letter.to == address and letter.kind == kind]


class _Fields(HTMLParser):
    """Hidden fields and prefilled ones of a page's first form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.csrf_token = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("name") == "csrf_token" and not self.csrf_token:
            self.csrf_token = named.get("value") or ""


def csrf_token_in(page: Response) -> str:
    return _Fields(page.text).csrf_token


_MASKED = (
    (re.compile(r'name="csrf_token" value="[^"]*"'), 'name="csrf_token" value="…"'),
    (re.compile(r'nonce="[^"]*"'), 'nonce="…"'),
    (re.compile(r"(?:\?|&amp;)token=[^&\"]*"), "?token=…"),
    (re.compile(r"[0-9a-f]{12,}"), "…"),
)


def masked(page: Response) -> str:
    """The page without what differs at each request."""
    text = page.text
    for pattern, stand_in in _MASKED:
        text = pattern.sub(stand_in, text)
    return text


@dataclass
class Visitor:
    """A browser in front of one worker; `at` moves it to another."""

    worker: Worker
    client: Client

    def at(self, worker: Worker) -> "Visitor":
        """The same browser, as the balancer sends it to another worker: same cookies."""
        moved = worker.visitor()
        moved.client.cookies = self.client.cookies
        return moved

    def get(self, address: str, **headers: str) -> Response:
        return self.client.get(address, headers=headers)

    def token(self, address: str = "/") -> str:
        """The CSRF token of a page's form."""
        return csrf_token_in(self.get(address))

    def post(self, address: str, fields: dict[str, str], **headers: str) -> Response:
        return self.client.post(address, data=fields, headers=headers)

    def submit(self, address: str, **fields: str) -> Response:
        """Open a page and send its form."""
        return self.post(address, {"csrf_token": self.token(address), **fields})

    def sign_in(self, identifier: str, password: str = PASSWORD, association: str = CLUB) -> Response:
        return self.submit(f"/Login/{association}", association=association, identifier=identifier, password=password)

    def ask_link(self, identifier: str, association: str = CLUB) -> Response:
        return self.submit("/password/forgot", association=association, identifier=identifier)

    def link_for(self, address: str) -> str:
        """Ask for a link and read it in the mail: path and query."""
        self.ask_link(address)
        return link_in(self.worker.letters_to(address)[-1])

    def set_password(self, password: str = NEW_PASSWORD) -> Response:
        return self.submit("/password/reset", password=password)

    def reset(self, address: str, password: str = NEW_PASSWORD) -> Response:
        """The whole procedure in this browser."""
        self.get(self.link_for(address))
        return self.set_password(password)

    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200

    def begin(self, shop: Registered, **changes: str) -> Response:
        """What an application sends the browser to."""
        return self.client.get("/authorize", params={**parameters_of(shop), **changes})

    def code(self, shop: Registered, **changes: str) -> str:
        """The code of an application, for a browser that is signed in."""
        return code_in(self.begin(shop, **changes))


def link_in(letter: Letter) -> str:
    parts = urlsplit(str(letter.context["link"]))
    return f"{parts.path}?{parts.query}"


def parameters_of(shop: Registered) -> dict[str, str]:
    return {
        "client_id": shop.client.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid email profile membership offline_access",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }


def query_of(response: Response) -> dict[str, str]:
    """The query of the address that an answer leads to."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def code_in(response: Response) -> str:
    assert response.headers["location"].startswith(CALLBACK), response.headers["location"]
    return query_of(response)["code"]


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def credentials_of(shop: Registered) -> str:
    assert shop.secret is not None
    return basic(shop.client.client_id, shop.secret.reveal())


def exchange(visitor: Visitor, shop: Registered, code: str) -> Response:
    """The application trades a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return visitor.post("/token", form, Authorization=credentials_of(shop))


def refresh(visitor: Visitor, shop: Registered, refresh_token: str) -> Response:
    """The application trades a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return visitor.post("/token", form, Authorization=credentials_of(shop))


def userinfo(visitor: Visitor, access_token: str) -> Response:
    return visitor.get("/userinfo", Authorization=f"Bearer {access_token}")


@dataclass
class Place:
    """The provider of one test: its first worker, its database, its people."""

    database_url: str
    stage: Stage
    clock: FixedClock
    _open: ExitStack
    settings: Settings
    club: Club = field(init=False)
    shop: Registered = field(init=False)
    worker: Worker = field(init=False)
    throttle: Throttling | None = field(default_factory=NullThrottle)
    """Counts nobody's tries; nothing leaves that to the settings."""
    _workers: int = 0

    def __post_init__(self) -> None:
        services = self._services()
        services.store.write_blocking(self._people)
        self._lend_signing_keys(services)
        self.worker = self._open.enter_context(Worker(services).serving())
        shop = ClientFacts("", "Boutique", redirect_uris=(CALLBACK,))
        added = services.clients.add(shop)
        assert isinstance(added, Registered)
        self.shop = added

    def another_worker(
        self, change: Callable[[Services], Services] = lambda services: services, *, background: bool = False
    ) -> Worker:
        """A second process on the same database; `change` swaps parts of it; with `background` it also sends mail."""
        return self._open.enter_context(Worker(change(self._services()), background=background).serving())

    def discreet_worker(self) -> Worker:
        """A worker whose forgotten-password page says neither yes nor no."""
        self.settings = self.settings.model_copy(update={"login": Login(disclosure="discreet")})
        return self.another_worker()

    def visitor(self) -> Visitor:
        return self.worker.visitor()

    def member(self, identifier: str = HUGO) -> Visitor:
        """A browser in which somebody has signed in."""
        visitor = self.visitor()
        assert visitor.sign_in(identifier).status_code == 303
        return visitor

    def count(self, table: Table, **equal: Any) -> int:  # noqa: ANN401 -- values of columns
        wanted = select(func.count()).select_from(table).where(*(table.c[name] == of for name, of in equal.items()))
        return int(self.worker.services.store.read_blocking(lambda tx: tx.execute(wanted).scalar_one()))

    def column(self, table: Table, name: str, **equal: Any) -> list[Any]:  # noqa: ANN401 -- values of columns
        wanted = select(table.c[name]).where(*(table.c[key] == of for key, of in equal.items()))
        return list(self.worker.services.store.read_blocking(lambda tx: tx.execute(wanted).scalars().all()))

    def _services(self) -> Services:
        self._workers += 1
        seed = f"worker {self._workers}".encode()
        return open_services(self.settings, Ports(clock=self.clock, entropy=SeededEntropy(seed)), self.throttle)

    def _lend_signing_keys(self, services: Services) -> None:
        """Drawing RSA keys takes longer than most tests: the first place's keys serve them all."""
        table = table_of(SigningKey)
        if not self.stage.signing_keys:
            services.key_ring.ensure_blocking()
            rows = services.store.read_blocking(lambda tx: tx.execute(select(table)).mappings().all())
            self.stage.signing_keys.extend(dict(row) for row in rows)
            return
        services.store.write_blocking(lambda tx: tx.execute(table.insert(), self.stage.signing_keys).rowcount)

    def _people(self, tx: Transaction) -> None:
        self.club = club = make_club(tx)
        other = make_club(tx, "69001", "Ailleurs", name="Une autre")
        add_member(tx, club, "P1", email=HUGO)
        seasons = (SEASON, NEXT_SEASON)
        add_member(tx, club, "P2", email=NORA, given_name="Nora", family_name="Petit", seasons=seasons)
        add_member(tx, club, "P3", email=LEA, given_name="Léa", family_name="Roux")
        add_member(tx, club, "P4", email=BANNED, given_name="Igor", family_name="Blanc")
        add_member(tx, club, "P5", email=DISABLED, given_name="Anne", family_name="Noir")
        add_member(tx, club, "P6", email=FORMER, given_name="Paul", family_name="Vert", seasons=("2025-2026",))
        add_member(tx, other, "P7", email=ELSEWHERE, given_name="Jean", family_name="Bleu")
        add_member(tx, club, "P8", email=FAMILY, given_name="Ada", family_name="Gris")
        add_member(tx, club, "P9", email=FAMILY, given_name="Eva", family_name="Gris")
        for address in (HUGO, NORA, BANNED, DISABLED, FORMER, FAMILY):
            give_credential(tx, club, address, password_hash=self.stage.password_hash)
        give_credential(tx, other, ELSEWHERE, password_hash=self.stage.password_hash)
        ban_person(tx, club, "P4")
        self._disable(tx, DISABLED)

    def _disable(self, tx: Transaction, address: str) -> None:
        found = find_credential(tx, self.club.id, address)
        assert found is not None
        disable(tx, found.id, self.clock.now())


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run all tasks at the same moment, a thread each, and return what each returned."""
    barrier = Barrier(len(tasks))

    def wait_and_run(task: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(wait_and_run, tasks))


def counted(short: int, full: int) -> int:
    """How often: a few times in each run, in full with SOAK=1 in the environment (`make soak`)."""
    return full if os.environ.get("SOAK") else short


def swap(services: Services, **parts: Any) -> Services:  # noqa: ANN401 -- services
    """The same services with some of them replaced."""
    return replace(services, **parts)
