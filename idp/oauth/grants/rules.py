"""What a person gave a client, and the code and refresh tokens that come from it. Knows no database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.eligibility.verdict import Eligible, PersonFacts, membership_claim


@dataclass(frozen=True)
class SignIn:
    """Who signed in, how and when: what a session knows and a grant keeps."""

    sid: str
    association_id: str
    person_id: str
    credential_id: str
    auth_time: datetime
    association_code: str
    identifier: str
    """With `association_code`: what the hook is asked with."""


@dataclass(frozen=True)
class GrantFacts:
    """A family: one code, the refresh tokens that follow it, every access token that came from them."""

    id: str
    client_id: str
    sub: str
    association_id: str
    person_id: str
    credential_id: str
    sid: str
    auth_time: datetime
    scope: str
    resource: str | None
    association_code: str
    identifier: str
    claims: Mapping[str, Any]
    as_of: int
    offline: bool
    expires_at: datetime

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes granted, one by one."""
        return frozenset(self.scope.split())


@dataclass(frozen=True)
class SpentCode:
    """An authorization code that has just been used, for good."""

    grant_id: str
    client_id: str
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None


@dataclass(frozen=True)
class Peeked:
    """What was seen behind a code or refresh token before anything was spent."""

    grant: GrantFacts
    used_at: datetime | None
    expires_at: datetime
    is_revoked: bool

    def is_worth_asking(self, client_id: str, at: datetime, grace_begins: datetime | None) -> bool:
        """Tell whether the secret may still work, so that the hook must be asked: nobody asks it for dead ones."""
        lives = self.grant.client_id == client_id and not self.is_revoked and self.expires_at > at
        return lives and (self.used_at is None or (grace_begins is not None and self.used_at > grace_begins))


@dataclass(frozen=True)
class Renewal:
    """What a new verdict changes of a grant."""

    association_code: str
    identifier: str
    claims: Mapping[str, Any]
    as_of: int


def granted_claims(verdict: Eligible, person: PersonFacts) -> dict[str, Any]:
    """Return what a grant keeps of a verdict: `membership` for tokens, names and address for /userinfo alone."""
    names = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": f"{person.given_name} {person.family_name}".strip(),
        "birthdate": person.birth_date.isoformat() if person.birth_date else None,
    }
    return {
        "membership": dict(membership_claim(verdict, person)),
        "profile": {name: value for name, value in names.items() if value},
        "email": verdict.email,
    }


def renewal_of(grant: GrantFacts, verdict: Eligible) -> Renewal | None:
    """Return what the verdict changes of the grant; nothing when it no longer covers the grant's person."""
    person = verdict.person(grant.person_id)
    if person is None or verdict.association.id != grant.association_id:
        return None
    return Renewal(
        association_code=verdict.association.code,
        identifier=verdict.email or grant.identifier,
        claims=granted_claims(verdict, person),
        as_of=verdict.as_of,
    )
