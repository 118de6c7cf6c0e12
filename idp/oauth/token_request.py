"""A request to the token endpoint as Authlib's grants read it, with what our side found out before they run."""

from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from idp.eligibility.verdict import Verdict
from idp.oauth.clients.authlib_client import AuthlibClient
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.grants.rules import GrantFacts
from idp.store import Transaction


class StaleVerdict(Exception):
    """Something changed for the person after the hook was asked. Raised inside the unit, so that it rolls back."""


class FormPayload(OAuth2Payload):
    """The parameters, each once."""

    def __init__(self, form: Mapping[str, str]) -> None:
        """`form` was read by `read_protocol_form`."""
        self._form = form

    @property
    def data(self) -> Mapping[str, str]:
        return self._form

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._form.items()})


class TokenRequest(OAuth2Request):
    """One attempt to answer, inside one unit of work.

    Grants find here what they may not fetch themselves: the transaction, the authenticated client, the time, the grant
    that was peeked at and the hook's verdict about its person (none where the secret could not work anyway).
    """

    payload: FormPayload  # type: ignore[assignment]  # Authlib declares None until one sets it
    client: AuthlibClient  # type: ignore[assignment]  # as above
    auth_method: str  # type: ignore[assignment]  # as above
    user: GrantFacts  # type: ignore[assignment]  # as above

    tx: Transaction
    facts: ClientFacts
    at: datetime
    peeked: GrantFacts | None
    verdict: Verdict | None
    nonce: str | None = None

    def __init__(self, address: str) -> None:
        """`address` is issuer and path, never what a proxy shows: Authlib looks at its scheme, which takes its time."""
        super().__init__("POST", address)

    def asked(
        self,
        form: Mapping[str, str],
        *,
        tx: Transaction,
        client: ClientFacts,
        at: datetime,
        peeked: GrantFacts | None,
        verdict: Verdict | None,
    ) -> "TokenRequest":
        """Return a request to the same address with everything in it."""
        request = copy(self)
        request.payload = FormPayload(form)
        request.tx = tx
        request.facts = client
        request.client = AuthlibClient(client)
        request.auth_method = client.auth_method.value
        request.at = at
        request.peeked = peeked
        request.verdict = verdict
        return request

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data

    @property
    def args(self) -> Mapping[str, str]:
        return {}
