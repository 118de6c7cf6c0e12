"""Every service, built once from settings and ports; pages, endpoints and commands get theirs from here.

Nothing else wires services together; `idp.app` joins them to routes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from starlette.requests import HTTPConnection

from idp.accounts.moving import Movers
from idp.accounts.password_policy import PasswordPolicy
from idp.accounts.passwords import PasswordHasher
from idp.accounts.service import Accounts
from idp.accounts.why import Why
from idp.associations.seasons import Seasons
from idp.associations.service import Associations
from idp.clock import SystemClock
from idp.eligibility.importing.service import MembersImport
from idp.eligibility.members import Members
from idp.eligibility.selection import open_mailboxes, open_provider
from idp.eligibility.service import Eligibility
from idp.login.account import Account
from idp.login.carried import Carrier
from idp.login.home import WayHome
from idp.login.persons import Persons
from idp.login.service import SignIn
from idp.mail.courier import Courier
from idp.mail.outbox import Outbox
from idp.mail.rendering import Renderer
from idp.mail.service import MailWorker
from idp.mail.smtp import SmtpServer
from idp.mail.transport import SmtpTransport
from idp.oauth.authorization import Authorization
from idp.oauth.authorization_request import AuthorizationChecks
from idp.oauth.clients.service import Clients
from idp.oauth.documents import Documents
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.service import Tokens
from idp.oauth.userinfo import UserInfo
from idp.ports import Ports
from idp.recovery.asking import AskForLink
from idp.recovery.setting import SetPassword
from idp.recovery.typing_code import TypeCode
from idp.sessions.service import Sessions
from idp.settings import Settings
from idp.signing.service import KeyRing
from idp.store import Store
from idp.store.keyfiles import load_key_files
from idp.store.opening import open_store
from idp.store.sealing import Sealer
from idp.store.secrets import SecretMint
from idp.throttle.browser_links import BrowserLinks
from idp.throttle.gate import Throttling
from idp.throttle.service import open_throttle
from idp.tls import verifying_context
from idp.web.cookies import Cookies
from idp.web.i18n import translations
from idp.web.templates import Pages


@dataclass(frozen=True)
class Services:
    """What pages, endpoints and commands call."""

    settings: Settings
    ports: Ports
    store: Store
    mint: SecretMint
    sealer: Sealer
    cookies: Cookies
    pages: Pages
    carrier: Carrier
    eligibility: Eligibility
    hasher: PasswordHasher
    key_ring: KeyRing
    outbox: Outbox
    mail_worker: MailWorker
    sessions: Sessions
    sign_in: SignIn
    persons: Persons
    account: Account
    way_home: WayHome
    ask_for_link: AskForLink
    browser_links: BrowserLinks
    set_password: SetPassword
    type_code: TypeCode
    authorization: Authorization
    tokens: Tokens
    userinfo: UserInfo
    documents: Documents
    seasons: Seasons
    associations: Associations
    members: Members
    members_import: MembersImport
    accounts: Accounts
    why: Why
    clients: Clients

    def close(self) -> None:
        """Finish what was taken, and let go of threads and connections."""
        self.hasher.close()
        self.store.close()


def services_of(request: HTTPConnection) -> Services:
    """Return the services of the application that serves this request."""
    return cast("Services", request.app.state.services)


def system_ports(settings: Settings) -> Ports:
    """Return the real ports, the clock shifted where tests ask for it."""
    return Ports(clock=SystemClock(timedelta(seconds=settings.testing.clock_skew_seconds)))


def open_services(settings: Settings, ports: Ports, throttle: Throttling | None = None) -> Services:
    """Open the store and build every service on it. `throttle` stands in for the one that the settings ask for.

    Raises `SettingsError` for keys that are missing or open to others, and for a provider that nobody offers.
    """
    keys = load_key_files(settings.keys.directory)
    clock, entropy = ports.clock, ports.entropy
    lifetimes, issuer = settings.lifetimes, settings.server.public_url
    store = open_store(settings.database.url)
    mint = SecretMint(keys.hmac[0], entropy)
    sealer = Sealer(keys.kek, entropy)
    cookies = Cookies(secure=not settings.server.is_loopback_http)
    hasher = PasswordHasher(keys.pepper, entropy, settings.passwords)
    policy = PasswordPolicy(settings.passwords)
    key_ring = KeyRing(store, sealer, clock)
    eligibility = Eligibility(open_provider(settings, store, ports, key_ring))
    outbox = Outbox(sealer, mint, clock, entropy)
    throttle = throttle or open_throttle(settings, store, mint, clock)
    checks = AuthorizationChecks(issuer)
    codes = CodeIssuer(mint, entropy, lifetimes)
    return Services(
        settings=settings,
        ports=ports,
        store=store,
        mint=mint,
        sealer=sealer,
        cookies=cookies,
        pages=Pages(settings, entropy),
        carrier=Carrier(sealer, cookies),
        eligibility=eligibility,
        hasher=hasher,
        key_ring=key_ring,
        outbox=outbox,
        mail_worker=MailWorker(store, outbox, _courier(settings, ports), clock, entropy),
        sessions=Sessions(store, clock, lifetimes),
        sign_in=SignIn(store, eligibility, hasher, clock, entropy, throttle, lifetimes),
        persons=Persons(store, eligibility, clock, entropy, lifetimes),
        account=Account(store, eligibility, clock),
        way_home=WayHome(store, issuer, settings.login.default_application),
        ask_for_link=AskForLink(store, eligibility, outbox, mint, clock, entropy, throttle, settings),
        browser_links=BrowserLinks(store, eligibility, outbox, mint, clock, throttle, settings),
        set_password=SetPassword(store, eligibility, hasher, policy, outbox, mint, clock, throttle, settings),
        type_code=TypeCode(store, mint, clock, lifetimes),
        authorization=Authorization(store, eligibility, checks, codes, clock, entropy, lifetimes),
        tokens=Tokens(store, eligibility, key_ring, mint, clock, entropy, lifetimes=lifetimes, issuer=issuer),
        userinfo=UserInfo(store, eligibility, key_ring, clock, issuer=issuer),
        documents=Documents(key_ring, issuer=issuer),
        associations=Associations(store, clock, entropy),
        seasons=Seasons(store, clock, entropy),
        members=Members(store, clock),
        members_import=MembersImport(store, Movers(outbox, clock, issuer), clock, entropy),
        accounts=Accounts(store, open_mailboxes(settings, store, ports, eligibility), clock, entropy),
        why=Why(store, outbox, clock),
        clients=Clients(store, mint, clock, entropy),
    )


def _courier(settings: Settings, ports: Ports) -> Courier:
    context = verifying_context(settings.testing.ca_file)
    server = SmtpServer.from_url(settings.mail.smtp_url)
    transport = SmtpTransport(server, context, settings.server.public_host.partition(":")[0])
    return Courier(Renderer(translations), transport, ports.clock, settings.mail.from_)
