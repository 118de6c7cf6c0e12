"""The token endpoint: look, ask the hook, then one unit that spends, reads the epochs again and issues (SEC-22).

Nothing is spent when the hook gives no answer. Everything that a unit found out stays, refusals included. Signatures
are made after the commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import AuthorizationServer

from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, overtaken
from idp.eligibility.verdict import Purpose, Verdict
from idp.entropy import Entropy
from idp.errors import ProtocolError
from idp.oauth.client_authentication import Presented, invalid_client, is_proven
from idp.oauth.clients.rules import CODE_GRANT, ClientFacts
from idp.oauth.clients.store import find_client
from idp.oauth.grants.family import Press
from idp.oauth.grants.rules import GrantFacts, Peeked
from idp.oauth.grants.store import peek_code, peek_refresh_token
from idp.oauth.server import GRANT_TYPES_ON, Answer, TokenServer, refusal
from idp.oauth.token_request import StaleVerdict, TokenRequest
from idp.oauth.token_rules import Unsigned, half_hash
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.locks import share_association
from idp.store.secrets import Kind, PlainSecret, SecretMint, TokenHash


class Eligibility(Protocol):
    """The hook."""

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Raises `Unavailable` when there is no answer."""
        ...


class Signer(Protocol):
    """The key ring, as far as tokens need it."""

    def sign(self, claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
        """Return the compact JWS, with `kid`."""
        ...


@dataclass(frozen=True)
class _Seen:
    """What was read before anything was decided."""

    client: ClientFacts
    peeked: Peeked | None

    @property
    def grant(self) -> GrantFacts | None:
        """The grant behind the secret that was brought, dead or alive."""
        return self.peeked.grant if self.peeked else None

    def is_worth_asking(self, at: datetime) -> bool:
        """Tell whether the hook must be asked: the secret may still work."""
        client = self.client
        return self.peeked is not None and self.peeked.is_worth_asking(client.client_id, at, client.grace_begins(at))


class Tokens:
    """Answers requests to /token."""

    def __init__(
        self,
        store: Store,
        eligibility: Eligibility,
        signer: Signer,
        mint: SecretMint,
        clock: Clock,
        entropy: Entropy,
        *,
        lifetimes: Lifetimes,
        issuer: str,
    ) -> None:
        """`issuer` is `[server] public_url`."""
        self._store = store
        self._eligibility = eligibility
        self._signer = signer
        self._mint = mint
        self._clock = clock
        self._blank = TokenRequest(f"{issuer}/token")
        self._server: AuthorizationServer = TokenServer(Press(issuer, mint, entropy, lifetimes))

    async def answer(self, presented: Presented, form: Mapping[str, str]) -> Answer:
        """Return the answer, errors of the protocol included.

        Raises `Unavailable` when the hook or the database gives none: nothing was spent then.
        """
        try:
            grant_type = _grant_type(form)
            for _ in range(ATTEMPTS):
                try:
                    return await self._attempt(presented, form, grant_type)
                except StaleVerdict:
                    continue
        except ProtocolError as error:
            return refusal(error)
        raise overtaken()

    async def _attempt(self, presented: Presented, form: Mapping[str, str], grant_type: str) -> Answer:
        at = self._clock.now()
        secret_hash = self._secret_hash(form, grant_type)
        seen = await self._store.read(lambda tx: self._look(tx, presented, grant_type, secret_hash))
        grant, verdict = seen.grant, None
        if grant is not None and seen.is_worth_asking(at):
            purpose = Purpose.CODE if grant_type == CODE_GRANT else Purpose.REFRESH
            verdict = await self._eligibility.check(grant.association_code, grant.identifier, purpose)
        answer = await self._store.write(lambda tx: self._unit(tx, seen.client, form, at, grant, verdict))
        return self._signed(answer)

    def _secret_hash(self, form: Mapping[str, str], grant_type: str) -> TokenHash:
        if grant_type == CODE_GRANT:
            return self._mint.hash(Kind.AUTHORIZATION_CODE, form.get("code", ""))
        return self._mint.hash(Kind.REFRESH_TOKEN, form.get("refresh_token", ""))

    def _look(self, tx: Transaction, presented: Presented, grant_type: str, secret_hash: TokenHash) -> _Seen:
        client = find_client(tx, presented.client_id)
        if client is None:
            raise invalid_client("unknown client")
        if not is_proven(client, presented, self._mint):
            raise invalid_client("wrong secret or method")
        peek = peek_code if grant_type == CODE_GRANT else peek_refresh_token
        return _Seen(client, peek(tx, secret_hash))

    def _unit(
        self,
        tx: Transaction,
        client: ClientFacts,
        form: Mapping[str, str],
        at: datetime,
        grant: GrantFacts | None,
        verdict: Verdict | None,
    ) -> Answer:
        if grant is not None:
            share_association(tx, grant.association_id)
        request = self._blank.asked(form, tx=tx, client=client, at=at, peeked=grant, verdict=verdict)
        answer: Answer = self._server.create_token_response(request)
        return answer

    def _signed(self, answer: Answer) -> Answer:
        body = {
            name: value.reveal() if isinstance(value, PlainSecret) else value for name, value in answer.body.items()
        }
        access, identity = body.get("access_token"), body.get("id_token")
        if isinstance(access, Unsigned):
            body["access_token"] = self._sign(access, {})
        if isinstance(identity, Unsigned):
            body["id_token"] = self._sign(identity, {"at_hash": half_hash(body["access_token"])})
        return Answer(answer.status, body, answer.headers)

    def _sign(self, token: Unsigned, more: Mapping[str, str]) -> str:
        return self._signer.sign({**token.claims, **more}, algorithm=token.algorithm, typ=token.typ)


def _grant_type(form: Mapping[str, str]) -> str:
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise ProtocolError("invalid_request", "grant_type is missing")
    if grant_type not in GRANT_TYPES_ON:
        raise ProtocolError("unsupported_grant_type", "This grant_type is not supported")
    return grant_type
