"""The story that the protocol's tests share: one club, one member, one application, one code on its way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from anyio import Event, to_thread
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.accounts.access import end_person
from idp.accounts.tables import Credential
from idp.clock import Clock
from idp.eligibility.epochs import current_change, raise_epoch
from idp.eligibility.verdict import (
    AssociationFacts,
    Eligible,
    PersonFacts,
    PersonKind,
    Purpose,
    Reason,
    Refusal,
    SeasonFacts,
    Verdict,
)
from idp.errors import Unavailable
from idp.oauth.authorization_request import AuthorizationChecks, AuthorizationRequest
from idp.oauth.client_authentication import Presented
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Clients, Registered
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.grants.rules import SignIn, granted_claims
from idp.oauth.server import Answer
from idp.oauth.service import Tokens
from idp.oauth.userinfo import Told, UserInfo
from idp.sessions.tables import BrowserSession
from idp.store import Store, Transaction
from idp.store.locks import take_association
from idp.store.tables import table_of
from tests.fakes import FixedClock

ISSUER = "https://idp.example"
CALLBACK = "https://shop.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636, appendix B."""

HUGO = PersonFacts("P1", PersonKind.MEMBER, "Hugo", "Martin")
CLUB = AssociationFacts("a-75012", "75012", "MonAssociation", "Mon association")
SEASON = SeasonFacts("s-2026", "2026-2027")
VERDICT = Eligible(CLUB, SEASON, (HUGO,), "hugo@exemple.fr")
SCOPE = "openid email profile membership offline_access"

_ES256 = ec.generate_private_key(ec.SECP256R1())
_RS256 = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
KEYS: Mapping[str, Any] = {"ES256": _ES256, "RS256": _RS256}


class OneKeyEach:
    """A key ring of one key for each algorithm, with no store behind it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.published = b'{"keys":[]}'

    def sign(self, claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
        return jwt.encode(dict(claims), KEYS[algorithm], algorithm, headers={"typ": typ, "kid": algorithm})

    def verify(self, token: str, *, typ: str, audience: str | None, issuer: str) -> Mapping[str, Any] | None:
        try:
            header = jwt.get_unverified_header(token)
            key = KEYS[header["kid"]].public_key()
            options: Any = {"verify_aud": audience is not None, "verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, key, [header["kid"]], audience=audience, issuer=issuer, options=options)
        except (jwt.PyJWTError, KeyError):
            return None
        return claims if header["typ"] == typ and claims["exp"] > self._clock.now().timestamp() else None

    def jwks(self) -> bytes:
        return self.published


class Gate:
    """Opens when so many wait in front of it, and stays open."""

    def __init__(self, count: int) -> None:
        self._missing = count
        self._open = Event()

    async def wait(self) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()
        await self._open.wait()


@dataclass
class Hook:
    """The eligibility hook: says what the story wants, notes what it was asked."""

    store: Store
    verdict: Verdict = field(default_factory=lambda: VERDICT)
    is_down: bool = False
    asked: list[tuple[str, str, Purpose]] = field(default_factory=list)
    gate: Gate | None = None
    """Holds answers back until enough were asked for."""
    meanwhile: Callable[[], object] | None = None
    """What happens once, after the answer was made and before it arrives."""

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        as_of = await self.store.read(current_change)
        self.asked.append((association, identifier, purpose))
        if self.is_down:
            raise Unavailable("eligibility", "down")
        if self.gate is not None:
            await self.gate.wait()
        verdict = replace(self.verdict, as_of=as_of) if isinstance(self.verdict, Eligible) else self.verdict
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await to_thread.run_sync(meanwhile)
        return verdict

    def forget(self) -> None:
        """Nobody is a member any more."""
        self.verdict = Refusal(Reason.BANNED)


@dataclass
class Story:
    """A member at the application: signs in, exchanges, refreshes, asks who it is."""

    store: Store
    clock: FixedClock
    issuer: CodeIssuer
    tokens: Tokens
    userinfo: UserInfo
    hook: Hook
    shop: Registered
    parameters: dict[str, str] = field(
        default_factory=lambda: {
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
    )

    def sign_in(self, sid: str = "s-1") -> SignIn:
        return SignIn(sid, CLUB.id, HUGO.id, "cred-1", self.clock.now(), CLUB.code, "hugo@exemple.fr")

    def open_session(self, tx: Transaction, sign_in: SignIn) -> None:
        at = self.clock.now()
        row = {"id": "cred-1", "association_id": CLUB.id, "login_key": "hugo@exemple.fr", "created_at": at}
        session = {
            "sid": sign_in.sid,
            "browser_hash": "b",
            "credential_id": "cred-1",
            "association_id": CLUB.id,
            "person_id": HUGO.id,
            "auth_time": at,
            "created_at": at,
            "seen_at": at,
            "expires_at": at + timedelta(days=30),
            "association_code": CLUB.code,
            "identifier": "hugo@exemple.fr",
            "facts": {},
            "as_of": 0,
        }
        credential = table_of(Credential)
        if tx.execute(credential.select()).first() is None:
            tx.execute(credential.insert(), row)
        tx.execute(table_of(BrowserSession).insert(), session)

    def expire_session(self, tx: Transaction, sid: str) -> None:
        """Let the session's absolute end be now."""
        session = table_of(BrowserSession)
        tx.execute(session.update().where(session.c.sid == sid).values(expires_at=self.clock.now()))

    def code(self, sid: str = "s-1", **changes: str) -> str:
        """A code for the shop, from a request with these parameters changed (empty: left out)."""
        sent = {"client_id": self.shop.client.client_id, **self.parameters, **changes}
        sign_in = self.sign_in(sid)

        def unit(tx: Transaction) -> str:
            self.open_session(tx, sign_in)
            request = AuthorizationChecks(ISSUER).read_again(tx, sent)
            assert isinstance(request, AuthorizationRequest), request
            claims = granted_claims(VERDICT, HUGO)
            return self.issuer.issue_code(tx, request, sign_in, claims=claims, as_of=0, at=self.clock.now()).reveal()

        return self.store.write_blocking(unit)

    def presented(self, shop: Registered | None = None) -> Presented:
        whose = shop or self.shop
        secret = whose.secret.reveal() if whose.secret else None
        return Presented(whose.client.client_id, whose.client.auth_method, secret)

    async def exchange(
        self, code: str, shop: Registered | None = None, changes: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **(changes or {}),
        }
        form = {name: value for name, value in sent.items() if value}
        return await self.tokens.answer(self.presented(shop), form)

    async def refresh(self, refresh_token: str, shop: Registered | None = None, **more: str) -> Answer:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **more}
        return await self.tokens.answer(self.presented(shop), form)

    def ban(self) -> None:
        """What a ban does, and what the hook says from then on."""

        def unit(tx: Transaction) -> None:
            take_association(tx, CLUB.id)
            raise_epoch(tx, CLUB.id, HUGO.id)
            end_person(tx, CLUB.id, HUGO.id, self.clock.now())

        self.store.write_blocking(unit)
        self.hook.forget()

    async def is_told(self, answer: Answer) -> bool:
        """Whether /userinfo still answers the access token."""
        return isinstance(await self.userinfo.tell(answer.body["access_token"]), Told)


def registered(clients: Clients, wanted: ClientFacts) -> Registered:
    added = clients.add(wanted)
    assert isinstance(added, Registered), added
    return added


def form_of(**fields: str) -> bytes:
    return urlencode(fields).encode()


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
