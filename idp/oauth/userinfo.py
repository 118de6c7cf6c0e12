"""What /userinfo tells, and whether it still may: epochs and blocks are read each time, so that a ban cuts at once.

Where nothing has moved since the grant's last verdict, its claims are told; where something has, the hook is asked
anew (OpenID Connect Core §5.3, design: « The eligibility hook »).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, overtaken
from idp.eligibility.verdict import Eligible, Purpose
from idp.oauth.grants.rules import GrantFacts, Renewal, renewal_of
from idp.oauth.grants.store import living_grant, renew_grant
from idp.oauth.service import Eligibility
from idp.oauth.token_rules import ACCESS_TOKEN_TYPE, grant_id_of, userinfo_claims
from idp.store import Store, Transaction
from idp.store.locks import share_association


class Verifier(Protocol):
    """The key ring, as far as access tokens need it."""

    def verify(self, token: str, *, typ: str, audience: str | None, issuer: str) -> Mapping[str, Any] | None:
        """Return the claims of a token of ours that is valid now; no audience means any of ours."""
        ...


class Rejection(StrEnum):
    """Why nothing is told (RFC 6750 §3.1)."""

    INVALID_TOKEN = "invalid_token"  # noqa: S105 -- an error code
    INSUFFICIENT_SCOPE = "insufficient_scope"


@dataclass(frozen=True)
class Told:
    """The claims."""

    claims: Mapping[str, Any]


class UserInfo:
    """Answers requests to /userinfo."""

    def __init__(
        self, store: Store, eligibility: Eligibility, verifier: Verifier, clock: Clock, *, issuer: str
    ) -> None:
        """`issuer` is `[server] public_url`."""
        self._store = store
        self._eligibility = eligibility
        self._verifier = verifier
        self._clock = clock
        self._issuer = issuer

    async def tell(self, access_token: str) -> Told | Rejection:
        """Return the claims of the token's scopes.

        Raises `Unavailable` when the hook must be asked and gives no answer.
        """
        verified = self._verifier.verify(access_token, typ=ACCESS_TOKEN_TYPE, audience=None, issuer=self._issuer)
        if verified is None:
            return Rejection.INVALID_TOKEN
        scope = frozenset(str(verified.get("scope", "")).split())
        if "openid" not in scope:
            return Rejection.INSUFFICIENT_SCOPE
        grant = await self._current_grant(grant_id_of(verified))
        return Told(userinfo_claims(grant, scope)) if grant else Rejection.INVALID_TOKEN

    async def _current_grant(self, grant_id: str) -> GrantFacts | None:
        for _ in range(ATTEMPTS):
            found = await self._store.read(partial(living_grant, grant_id=grant_id, at=self._clock.now()))
            if found is None:
                return None
            grant, has_moved = found
            if not has_moved:
                return grant
            verdict = await self._eligibility.check(grant.association_code, grant.identifier, Purpose.REFRESH)
            renewal = renewal_of(grant, verdict) if isinstance(verdict, Eligible) else None
            if renewal is None:
                return None
            renewed = await self._store.write(partial(_renew, grant=grant, renewal=renewal, at=self._clock.now()))
            if renewed is not None:
                return renewed
        raise overtaken()


def _renew(tx: Transaction, grant: GrantFacts, renewal: Renewal, at: datetime) -> GrantFacts | None:
    share_association(tx, grant.association_id)
    return renew_grant(tx, grant.id, renewal, at)
