"""What the code grant and the refresh grant share: is this person still one of ours, and what are they given."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, OAuth2Error

from idp.audit.store import Event, record
from idp.eligibility.verdict import Eligible
from idp.entropy import Entropy
from idp.oauth.grants import store as grants
from idp.oauth.grants.rules import GrantFacts, renewal_of
from idp.oauth.token_request import StaleVerdict, TokenRequest
from idp.oauth.token_rules import access_token
from idp.settings import Lifetimes
from idp.store.secrets import Kind, PlainSecret, SecretMint

TOKEN_ID_BYTES = 12
"""With the grant's 128 bits in the same `jti`, no two access tokens ever share one."""


@dataclass(frozen=True)
class Press:
    """What tokens are made with. Authlib's server carries it for its grants."""

    issuer: str
    mint: SecretMint
    entropy: Entropy
    lifetimes: Lifetimes


class FamilyGrant(BaseGrant):
    """Mixed into Authlib's grants: eligibility, tokens and their storage are ours, the protocol is Authlib's."""

    request: TokenRequest
    server: Any

    @property
    def press(self) -> Press:
        """What tokens are made with."""
        press: Press = self.server.press
        return press

    def refuse_another_resource(self) -> None:
        """Refuse a `resource` other than the one granted, before anything is spent (RFC 8707 §2.2)."""
        asked = self.request.form.get("resource")
        if asked is not None and self.request.peeked is not None and asked != self.request.peeked.resource:
            raise OAuth2Error("The resource was not granted", error="invalid_target")

    def still_theirs(self, grant_id: str) -> GrantFacts:
        """Return the grant with the new verdict in it.

        Raises `InvalidGrantError` when its person may not enter any more (the family then ends) or when it has ended
        otherwise; `StaleVerdict` when something changed after the hook was asked.
        """
        request = self.request
        verdict, peeked = request.verdict, request.peeked
        if peeked is None or verdict is None:  # it could not work when we looked
            raise InvalidGrantError("It has ended")
        renewal = renewal_of(peeked, verdict) if isinstance(verdict, Eligible) else None
        serves = isinstance(verdict, Eligible) and request.facts.serves(verdict.association)
        if renewal is None or not serves:
            reason = "person_gone" if isinstance(verdict, Eligible) else verdict.reason.value
            self.end_family(grant_id, "grant.ended", reason)
            raise InvalidGrantError("The person may not sign in any more")
        renewed = grants.renew_grant(request.tx, grant_id, renewal, request.at)
        if renewed is not None:
            return renewed
        if grants.living_grant(request.tx, grant_id, request.at) is not None:
            raise StaleVerdict
        raise InvalidGrantError("It has ended")

    def end_family(self, grant_id: str, event: str, reason: str) -> None:
        """End the grant with all that came from it, and write down why; silent where it had ended before."""
        request = self.request
        ended = grants.revoke_grant(request.tx, grant_id, request.at)
        if ended is None:
            return
        happened = Event(
            event,
            request.at,
            association_id=ended.association_id,
            person_id=ended.person_id,
            credential_id=ended.credential_id,
            client_id=ended.client_id,
            detail={"grant": grant_id, "reason": reason, "presented_by": request.facts.client_id},
        )
        record(request.tx, happened)

    def generate_token(
        self,
        user: Any = None,  # noqa: ANN401 -- Authlib's signature; it is the grant that `authenticate_user` returned
        scope: Any = None,  # noqa: ANN401 -- as above; a string
        grant_type: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,  # noqa: FBT001, FBT002 -- Authlib's signature
    ) -> dict[str, Any]:
        """Return the answer's tokens, unsigned, the refresh token stored.

        Authlib's own generators never see the request, which holds auth time, session and time.
        """
        request, press = self.request, self.press
        life = press.lifetimes.access_token
        token: dict[str, Any] = {
            "access_token": access_token(
                user,
                request.facts,
                issuer=press.issuer,
                scope=scope,
                token_id=press.entropy.bytes(TOKEN_ID_BYTES).hex(),
                at=request.at,
                life=life,
            ),
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": scope,
        }
        if include_refresh_token and user.offline:
            token["refresh_token"] = self._next_refresh_token(user)
        return token

    def _next_refresh_token(self, grant: GrantFacts) -> PlainSecret:
        request, press = self.request, self.press
        secret = press.mint.mint(Kind.REFRESH_TOKEN)
        grants.add_refresh_token(
            request.tx,
            press.mint.hash(Kind.REFRESH_TOKEN, secret.reveal()),
            grant,
            issued_at=request.at,
            expires_at=min(request.at + press.lifetimes.refresh_idle, grant.expires_at),
        )
        return secret

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: what must be stored was stored when it was made."""
