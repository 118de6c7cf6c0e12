"""Registers applications, changes them, gives them secrets. For commands and administration: every call blocks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from idp.audit.store import Event, record
from idp.clock import Clock
from idp.entropy import Entropy, random_id
from idp.oauth.clients import store as clients
from idp.oauth.clients.registration import RegistrationFault, faults_of
from idp.oauth.clients.rules import SECRET_METHODS, ClientFacts
from idp.store import Store, Transaction
from idp.store.secrets import Kind, PlainSecret, SecretMint, TokenHash


@dataclass(frozen=True)
class Registered:
    """The application as it is now, and its new secret where it got one: shown once, never again."""

    client: ClientFacts
    secret: PlainSecret | None = None


@dataclass(frozen=True)
class Refused:
    """The application may not be as asked."""

    faults: tuple[RegistrationFault, ...]


@dataclass(frozen=True)
class Unknown:
    """There is no such application, or (`taken`) its id is somebody else's."""

    taken: bool = False


@dataclass(frozen=True)
class Clients:
    """The applications of this provider."""

    store: Store
    mint: SecretMint
    clock: Clock
    entropy: Entropy

    def add(self, wanted: ClientFacts) -> Registered | Refused | Unknown:
        """Register an application. An empty `client_id` gets a random one; secrets are always ours."""
        client = replace(wanted, client_id=wanted.client_id or random_id(self.entropy, "c"))
        if faults := faults_of(client):
            return Refused(tuple(faults))
        client, secret = self._with_secret(client)
        at = self.clock.now()

        def unit(tx: Transaction) -> bool:
            if clients.find_client(tx, client.client_id) is not None:
                return False
            clients.add_client(tx, client, at)
            record(tx, Event("client.added", at, client_id=client.client_id, detail={"name": client.name}))
            return True

        return Registered(client, secret) if self.store.write_blocking(unit) else Unknown(taken=True)

    def show(self, client_id: str) -> ClientFacts | None:
        """Return one application."""
        return self.store.read_blocking(lambda tx: clients.find_client(tx, client_id))

    def page(self, *, after: str = "", count: int = 100) -> list[ClientFacts]:
        """Return the next `count` applications, by id."""
        return self.store.read_blocking(lambda tx: clients.list_clients(tx, after=after, count=count))

    def edit(self, client_id: str, change: Callable[[ClientFacts], ClientFacts]) -> Registered | Refused | Unknown:
        """Change an application. One that turns confidential gets a secret; one that turns public loses its own."""
        found = self.show(client_id)
        if found is None:
            return Unknown()
        client = replace(change(found), client_id=client_id, version=found.version)
        if faults := faults_of(client):
            return Refused(tuple(faults))
        secret = None
        if client.auth_method not in SECRET_METHODS:
            client = replace(client, secret_hashes=())
        elif not client.secret_hashes:
            client, secret = self._with_secret(client)
        return self._replace(client, secret, "client.changed")

    def rotate_secret(self, client_id: str, *, keep_old: bool = False) -> Registered | Unknown:
        """Give a new secret. The old one ends at once, or with `keep_old` at the next rotation."""
        found = self.show(client_id)
        if found is None or found.auth_method not in SECRET_METHODS:
            return Unknown()
        client, secret = self._with_secret(found, kept=found.secret_hashes[:1] if keep_old else ())
        return self._replace(client, secret, "client.secret_rotated", {"old_secret_kept": keep_old})

    def remove(self, client_id: str) -> bool:
        """Remove an application and end all that it was granted; False when there is none."""
        at = self.clock.now()

        def unit(tx: Transaction) -> bool:
            removed = clients.remove_client(tx, client_id, at)
            if removed:
                record(tx, Event("client.removed", at, client_id=client_id))
            return removed

        return self.store.write_blocking(unit)

    def _with_secret(
        self, client: ClientFacts, kept: tuple[TokenHash, ...] = ()
    ) -> tuple[ClientFacts, PlainSecret | None]:
        if client.auth_method not in SECRET_METHODS:
            return replace(client, secret_hashes=()), None
        secret = self.mint.mint(Kind.CLIENT_SECRET)
        newest = self.mint.hash(Kind.CLIENT_SECRET, secret.reveal())
        return replace(client, secret_hashes=(newest, *kept)), secret

    def _replace(
        self, client: ClientFacts, secret: PlainSecret | None, event: str, detail: dict[str, Any] | None = None
    ) -> Registered | Unknown:
        at = self.clock.now()

        def unit(tx: Transaction) -> bool:
            replaced = clients.replace_client(tx, client, at)
            if replaced:
                record(tx, Event(event, at, client_id=client.client_id, detail=detail or {}))
            return replaced

        if not self.store.write_blocking(unit):
            return Unknown()
        return Registered(replace(client, version=client.version + 1), secret)
