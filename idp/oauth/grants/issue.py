"""Gives an application its authorization code, in the unit of the sign-in that makes it true."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.accounts.store import subject_of
from idp.entropy import Entropy, random_id
from idp.oauth.authorization_rules import AuthorizationRequest
from idp.oauth.grants.rules import GrantFacts, SignIn, SpentCode
from idp.oauth.grants.store import add_code, add_grant
from idp.settings import Lifetimes
from idp.store import Transaction
from idp.store.secrets import Kind, PlainSecret, SecretMint


@dataclass(frozen=True)
class CodeIssuer:
    """Writes grants and codes down."""

    mint: SecretMint
    entropy: Entropy
    lifetimes: Lifetimes

    def issue_code(
        self,
        tx: Transaction,
        request: AuthorizationRequest,
        sign_in: SignIn,
        *,
        claims: dict[str, Any],
        as_of: int,
        at: datetime,
    ) -> PlainSecret:
        """Return a code of 60 seconds and one use.

        `claims` are `granted_claims` of the verdict, `as_of` its change number. The caller has called
        `share_association` and found the verdict not stale.
        """
        grant = self._grant(tx, request, sign_in, claims=claims, as_of=as_of, at=at)
        add_grant(tx, grant, at)
        code = self.mint.mint(Kind.AUTHORIZATION_CODE)
        unused = SpentCode(
            grant_id=grant.id,
            client_id=request.client.client_id,
            redirect_uri=request.redirect_uri,
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
        )
        code_hash = self.mint.hash(Kind.AUTHORIZATION_CODE, code.reveal())
        add_code(tx, code_hash, unused, at + self.lifetimes.authorization_code)
        return code

    def _grant(
        self,
        tx: Transaction,
        request: AuthorizationRequest,
        sign_in: SignIn,
        *,
        claims: dict[str, Any],
        as_of: int,
        at: datetime,
    ) -> GrantFacts:
        life = self.lifetimes
        lasts = life.refresh_absolute if request.is_offline else life.authorization_code + life.access_token
        return GrantFacts(
            id=random_id(self.entropy, "g"),
            client_id=request.client.client_id,
            sub=subject_of(tx, sign_in.association_id, sign_in.person_id, at=at, entropy=self.entropy),
            association_id=sign_in.association_id,
            person_id=sign_in.person_id,
            credential_id=sign_in.credential_id,
            sid=sign_in.sid,
            auth_time=sign_in.auth_time,
            scope=request.scope,
            resource=request.resource,
            association_code=sign_in.association_code,
            identifier=sign_in.identifier,
            claims=claims,
            as_of=as_of,
            offline=request.is_offline,
            expires_at=at + lasts,
        )
