"""The way home after a sign-in that no request waits for: from another device, or from `/` (design: « After sign-in at
`/` with nothing pending »; OpenID Connect Core §4).
"""

from urllib.parse import urlencode

from idp.oauth.clients.store import find_client
from idp.store import Store, Transaction


class WayHome:
    """Finds where a member goes once signed in."""

    def __init__(self, store: Store, public_url: str, default_application: str) -> None:
        """`default_application` is `[login] default_application`, a client_id or nothing."""
        self._store = store
        self._public_url = public_url
        self._default_application = default_application

    async def start_of(self, client_id: str = "") -> str | None:
        """Return where the application that waited, else the default one, wants to begin a sign-in."""
        wanted = [one for one in (client_id, self._default_application) if one]

        def look(tx: Transaction) -> str | None:
            clients = (find_client(tx, one) for one in wanted)
            return next((client.initiate_login_uri for client in clients if client and client.initiate_login_uri), None)

        return await self._store.read(look) if wanted else None

    async def address(self, client_id: str = "") -> str:
        """Return that place, with `iss`; `/account` where there is none."""
        uri = await self.start_of(client_id)
        if uri is None:
            return "/account"
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': self._public_url})}"
