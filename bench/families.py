"""Prepares a service for a benchmark: a club, members, an application, a family of tokens for each connection."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
from click.testing import CliRunner

from idp.cli.main import main as idp
from idp.eligibility.verdict import Eligible, Purpose
from idp.entropy import SystemEntropy
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.client_authentication import Presented
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.grants.rules import SignIn, granted_claims
from idp.services import Services, open_services, system_ports
from idp.sessions.rules import Session
from idp.sessions.store import open_session
from idp.settings_sources import load_settings
from idp.store import Transaction
from tests.factories import Club, add_member, give_credential, make_club

CALLBACK = "http://127.0.0.1:9000/callback"
SCOPE = "openid email profile membership offline_access"


@dataclass
class Families:
    """Live tokens, and how their application proves who it is."""

    basic: str
    tokens: list[tuple[str, str]]
    """Refresh and access token of each family."""

    @classmethod
    def prepare(cls, folder: Path, port: int, count: int) -> "Families":
        """Fill a fresh service in `folder`."""
        made = CliRunner().invoke(idp, ["init", str(folder)])
        if made.exit_code:
            raise SystemExit(made.output)
        config = folder / "config.toml"
        quiet = f"port = {port}\nops_port = 0\nbackground = false\n"
        config.write_text(config.read_text("utf-8").replace("port = 8400\n", quiet), "utf-8")
        settings = load_settings(config)
        services = open_services(settings, system_ports(settings))
        services.key_ring.ensure_blocking()
        shop = services.clients.add(ClientFacts("shop", "Boutique", redirect_uris=(CALLBACK,)))
        if not isinstance(shop, Registered) or shop.secret is None:
            raise SystemExit("the application could not be registered")
        club = services.store.write_blocking(make_club)
        for number in range(count):
            member = partial(add_member, club=club, external_id=f"P{number}", email=f"p{number}@exemple.fr")
            services.store.write_blocking(member)
        tokens = [anyio.run(_family, services, shop, club.code, f"P{number}") for number in range(count)]
        services.close()
        basic = base64.b64encode(f"shop:{shop.secret.reveal()}".encode()).decode()
        return cls(basic, tokens)


async def _family(services: Services, shop: Registered, code: str, person_id: str) -> tuple[str, str]:
    email = f"{person_id.lower()}@exemple.fr"
    verdict = await services.eligibility.check(code, email, Purpose.LOGIN)
    if not isinstance(verdict, Eligible) or shop.secret is None:
        raise SystemExit(f"{email} may not enter")
    at, association_id = services.ports.clock.now(), verdict.association.id
    request = AuthorizationRequest(shop.client, CALLBACK, SCOPE)
    issuer = CodeIssuer(services.mint, SystemEntropy(), services.settings.lifetimes)

    def unit(tx: Transaction) -> str:
        club = Club(association_id, code, None, None)
        credential_id = give_credential(tx, club, email, at=at).id
        sign_in = SignIn(f"s-{person_id}", association_id, person_id, credential_id, at, code, email)
        ends = at + timedelta(days=1)
        session = Session(sign_in.sid, "b", credential_id, association_id, person_id, at, at, ends, code, email, {}, 0)
        open_session(tx, session, services.settings.lifetimes.session_idle)
        claims = granted_claims(verdict, verdict.persons[0])
        return issuer.issue_code(tx, request, sign_in, claims=claims, as_of=verdict.as_of, at=at).reveal()

    form = {"grant_type": "authorization_code", "code": services.store.write_blocking(unit), "redirect_uri": CALLBACK}
    presented = Presented("shop", shop.client.auth_method, shop.secret.reveal())
    answer = await services.tokens.answer(presented, form)
    return answer.body["refresh_token"], answer.body["access_token"]
