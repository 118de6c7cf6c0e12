"""The way home after a sign-in that no request waits for: from another device, or from `/` (design: « After sign-in at
`/` with nothing pending »; OpenID Connect Core §4).
"""

from collections.abc import Collection
from urllib.parse import urlencode

from idp.associations.rules import canonical_name
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.store import default_clients, find_client
from idp.store import Store, Transaction

MOST_DEFAULTS = 50
"""Applications that associations may have as their default one: a page must name each in its policy beforehand."""


class WayHome:
    """Finds where a member goes once signed in."""

    def __init__(self, store: Store, public_url: str, default_application: str) -> None:
        """`default_application` is `[login] default_application`, a client_id or nothing."""
        self._store = store
        self._public_url = public_url
        self._default_application = default_application

    async def places(self, client_id: str = "") -> list[str]:
        """Return wherever a sign-in may lead that begins now: whose member it will be isn't known yet."""
        applications = await self._applications(client_id)
        return list(dict.fromkeys(one.initiate_login_uri for one in applications if one.initiate_login_uri))

    async def address(self, association_names: Collection[str], client_id: str = "") -> str:
        """Return the `initiate_login_uri`, with `iss`, of the application that waited, else of the association's
        default one, else of everybody's; `/account` where there is none.

        `association_names` are the canonical names of the member's association.
        """

        def is_default(client: ClientFacts) -> bool:
            return not {canonical_name(name) for name in client.default_for}.isdisjoint(association_names)

        applications = await self._applications(client_id)
        by_preference = (
            [one for one in applications if one.client_id == client_id],
            [one for one in applications if is_default(one)],
            [one for one in applications if one.client_id == self._default_application],
        )
        uri = next((one.initiate_login_uri for several in by_preference for one in several), None)
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': self._public_url})}" if uri else "/account"

    async def _applications(self, client_id: str) -> list[ClientFacts]:
        """Return the applications of which one may be the way home, and that say where they begin a sign-in."""

        def look(tx: Transaction) -> list[ClientFacts | None]:
            named = [find_client(tx, one) for one in (client_id, self._default_application) if one]
            return [*named, *default_clients(tx, MOST_DEFAULTS)]

        return [client for client in await self._store.read(look) if client and client.initiate_login_uri]
