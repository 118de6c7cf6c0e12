"""Every setting, typed, with its default and what it means. `idp.settings_sources` reads them, once, at start.

`docs/settings.md` and `config.example.toml` are tested against this module.
"""

import ipaddress
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from idp.origins import browser_origin

PREFIX = "IDP_"


def is_loopback_host(host: str | None) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _split(value: object) -> object:
    """Let the environment write a list as `a,b` or as JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return tuple(part.strip() for part in value.split(",") if part.strip())


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Section(BaseModel):
    """A `[section]` of config.toml: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True)


class Server(Section):
    """`[server]`: where the service is reached, and how it runs."""

    public_url: str = "http://127.0.0.1:8400"
    """The address that members and applications use; it is the issuer. https, or http on a loopback host. Where it is
    not set it follows `port`, for trying out on this machine."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(8400, ge=0, le=65535)
    """The port to listen on."""
    ops_port: int = Field(8409, ge=0, le=65535)
    """The port of `/health/*` and `/metrics`, on loopback unless `ops_host` says otherwise. 0 switches it off."""
    ops_host: str = "127.0.0.1"
    """The address that the operations port listens on."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that serve. On SQLite more than one works but gains nothing."""
    background: bool = True
    """Whether `serve` also sends mail and does the housekeeping. Else run `idp worker`."""
    trusted_proxies: Names = ()
    """Addresses or networks whose `X-Forwarded-For` is believed. Never `*`."""
    drain_seconds: int = Field(10, ge=0, le=300)
    """How long requests in flight may take to end after SIGTERM."""
    form_body_kib: int = Field(16, ge=1, le=1024)
    """The largest body of a page's form, in KiB."""
    protocol_body_kib: int = Field(64, ge=1, le=1024)
    """The largest body of a protocol request, in KiB."""

    @model_validator(mode="before")
    @classmethod
    def _follow_the_port(cls, given: object) -> object:
        if isinstance(given, dict) and "port" in given and "public_url" not in given:
            return {**given, "public_url": f"http://127.0.0.1:{given['port']}"}
        return given

    @model_validator(mode="after")
    def _check(self) -> "Server":
        origin = browser_origin(self.public_url)
        if origin is None:
            raise ValueError("public_url: write https://host, the address that members see")
        parts = urlsplit(self.public_url)
        if parts.scheme == "http" and not is_loopback_host(parts.hostname):
            raise ValueError("public_url: http is for loopback hosts only; write https://…")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("public_url: only scheme, host and port; take away the rest")
        if self.public_url.endswith("/"):
            raise ValueError("public_url: take away the / at the end")
        if self.public_url != origin:
            raise ValueError(f"public_url: write {origin}, as browsers do")
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError(f"trusted_proxies: {proxy!r} is no address; name each proxy, never *") from None
        return self

    @property
    def is_loopback_http(self) -> bool:
        """Whether the service runs on http, which only a loopback host may: cookies and HSTS depend on it."""
        return self.public_url.startswith("http://")

    @property
    def public_host(self) -> str:
        """The host, and the port where it isn't the scheme's own, as a browser's `Host` header says it."""
        return urlsplit(self.public_url).netloc


class Database(Section):
    """`[database]`."""

    url: str = "sqlite:///idp.db"
    """`sqlite:///file` (from config.toml's folder) or `postgresql://user:password@host/name`."""

    @model_validator(mode="after")
    def _check(self) -> "Database":
        try:
            backend = make_url(self.url).get_backend_name()
        except ArgumentError:
            raise ValueError("url: not a database address; write sqlite:///idp.db") from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError(f"url: {backend} is unknown; write sqlite:///idp.db or postgresql://user@host/name")
        return self


class Keys(Section):
    """`[keys]`: the files that must never be in a backup beside the database."""

    directory: Path = Path("keys")
    """The folder of `kek`, `pepper` and `hmac` (from config.toml's folder), 0700, its files 0600."""


class Mail(Section):
    """`[mail]`: how mail leaves."""

    smtp_url: str = "smtp://127.0.0.1:25"
    """`smtps://user:password@host:465` (TLS), `smtp://user:password@host:587` (STARTTLS demanded); clear text to a
    loopback address only."""
    from_: str = Field("ClickAsso <ne-pas-repondre@clickasso.fr>", alias="from")
    """The sender of every mail, as `Name <address>`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True, populate_by_name=True
    )

    @model_validator(mode="after")
    def _check(self) -> "Mail":
        parts = urlsplit(self.smtp_url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("smtp_url: write smtps://user:password@host:465 or smtp://user:password@host:587")
        if "@" not in self.from_:
            raise ValueError("from: write Name <address@domain>")
        return self


class EligibilitySection(Section):
    """`[eligibility]`: who decides who may enter."""

    provider: str = "directory"
    """`directory` (this service's own tables), `http` (the membership service), or a plugin's name."""
    url: str = ""
    """The membership service's address, for `http`."""
    events_issuer: str = ""
    """The `iss` of the events that the membership service pushes."""
    events_jwks_url: str = ""
    """Where that issuer publishes its keys."""

    @model_validator(mode="after")
    def _check(self) -> "EligibilitySection":
        if self.provider == "http" and not self.url:
            raise ValueError("url: the http provider needs the membership service's address")
        for name, url in (("url", self.url), ("events_jwks_url", self.events_jwks_url)):
            parts = urlsplit(url)
            if url and not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(parts.hostname))):
                raise ValueError(f"{name}: write https://…; http goes to loopback only")
        return self


class Login(Section):
    """`[login]`: what the pages say and do."""

    disclosure: Literal["explicit", "discreet"] = "explicit"
    """Whether « Mot de passe oublié » says that an address is unknown (S34), or answers always alike."""
    default_application: str = ""
    """The `client_id` whose `initiate_login_uri` a member reaches after signing in with nothing pending."""


class Passwords(Section):
    """`[passwords]`: the policy (CNIL 2022-100) and the price of a hash."""

    minimum_length: int = Field(12, ge=12, le=64)
    """Characters at least."""
    maximum_length: int = Field(256, ge=64, le=4096)
    """Characters at most; refused before hashing."""
    minimum_score: int = Field(3, ge=0, le=4)
    """zxcvbn's score at least, of 4."""
    argon2_memory_kib: int = Field(19_456, ge=19_456, le=1_048_576)
    """argon2id's memory, in KiB."""
    argon2_passes: int = Field(2, ge=2, le=20)
    """argon2id's passes."""
    argon2_threads: int = Field(0, ge=0, le=64)
    """Threads that hash; 0 means as many as this process has cores."""
    argon2_queue: int = Field(64, ge=1, le=10_000)
    """How many may wait for a hashing thread; the next one reads 503."""


class Lifetimes(Section):
    """`[lifetimes]`: how long things live."""

    reset_link_hours: int = Field(24, ge=1, le=24)
    """The mailed link and its code."""
    reset_form_minutes: int = Field(15, ge=1, le=60)
    """The form that a link opened."""
    authorization_code_seconds: int = Field(60, ge=10, le=60)
    """An authorization code."""
    access_token_seconds: int = Field(300, ge=60, le=3600)
    """An access token, and an ID token."""
    refresh_idle_days: int = Field(30, ge=1, le=365)
    """A refresh token that nobody uses."""
    refresh_absolute_days: int = Field(90, ge=1, le=730)
    """A family of refresh tokens, from its first."""
    session_idle_hours: int = Field(12, ge=1, le=720)
    """A browser's session that nobody uses."""
    session_absolute_days: int = Field(30, ge=1, le=90)
    """A browser's session, from its sign-in."""
    pending_request_minutes: int = Field(60, ge=5, le=1440)
    """An application's request that waits for a sign-in."""

    @property
    def reset_link(self) -> timedelta:
        """As a span of time."""
        return timedelta(hours=self.reset_link_hours)

    @property
    def reset_form(self) -> timedelta:
        """As a span of time."""
        return timedelta(minutes=self.reset_form_minutes)

    @property
    def authorization_code(self) -> timedelta:
        """As a span of time."""
        return timedelta(seconds=self.authorization_code_seconds)

    @property
    def access_token(self) -> timedelta:
        """As a span of time."""
        return timedelta(seconds=self.access_token_seconds)

    @property
    def refresh_idle(self) -> timedelta:
        """As a span of time."""
        return timedelta(days=self.refresh_idle_days)

    @property
    def refresh_absolute(self) -> timedelta:
        """As a span of time."""
        return timedelta(days=self.refresh_absolute_days)

    @property
    def session_idle(self) -> timedelta:
        """As a span of time."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def session_absolute(self) -> timedelta:
        """As a span of time."""
        return timedelta(days=self.session_absolute_days)

    @property
    def pending_request(self) -> timedelta:
        """As a span of time."""
        return timedelta(minutes=self.pending_request_minutes)


class Throttle(Section):
    """`[throttle]`: where the counters are, and their numbers (docs/throttling.md says what each is for)."""

    url: str = ""
    """Empty = the database."""
    free_failures: int = Field(5, ge=1, le=10)
    """Failures of one source on one account before it must wait."""
    first_wait_seconds: int = Field(90, ge=61, le=3600)
    """The first wait; each further failure doubles it."""
    longest_wait_minutes: int = Field(15, ge=2, le=1440)
    """The longest wait of one source on one account."""
    account_failures_a_day: int = Field(25, ge=5, le=25)
    """Failures on one account in 24 hours from all unknown browsers together, before they need a mailed link."""
    account_failures_in_a_row: int = Field(100, ge=10, le=100)
    """Failures in a row on one account from unknown browsers; then known ones and a mailed reset alone open it."""
    address_failures: int = Field(30, ge=5, le=10_000)
    """Failures of one address (IPv4, or IPv6 /64) in ten minutes before it is slowed."""
    range_failures: int = Field(150, ge=5, le=100_000)
    """Failures of one range (IPv4 /24, IPv6 /48) in ten minutes before it is slowed."""
    address_accounts: int = Field(10, ge=2, le=10_000)
    """Different accounts that one address fails on in ten minutes before it is slowed."""
    association_failures_an_hour: int = Field(1000, ge=50, le=1_000_000)
    """Failures on one association in an hour; then there is an alarm, and unknown browsers are slowed."""
    mails_an_hour: int = Field(3, ge=1, le=20)
    """Links mailed to one address in an hour, over all associations."""
    mails_a_day: int = Field(6, ge=1, le=100)
    """Links mailed to one address in 24 hours, over all associations."""
    misses_a_source: int = Field(10, ge=1, le=100)
    """How often an hour one address reads that an email is unknown (S34); then the answer is discreet."""
    misses_an_association: int = Field(100, ge=1, le=1000)
    """How often an hour one association's visitors read it."""
    known_browser_days: int = Field(180, ge=1, le=400)
    """How long a browser stays known after its last sign-in."""

    @property
    def known_browser(self) -> timedelta:
        """As a span of time."""
        return timedelta(days=self.known_browser_days)

    @model_validator(mode="after")
    def _check(self) -> "Throttle":
        if self.url:
            raise ValueError("url: this version keeps its counters in the database; leave it empty")
        return self


class Audit(Section):
    """`[audit]`: what is kept of what happened (CNIL 2021-122)."""

    retention_days: int = Field(365, ge=180, le=365)
    """Days that events are kept, then purged."""


class Legal(Section):
    """`[legal]`: who answers for the service, on /mentions and /accessibilite."""

    publisher: str = "ClickAsso"
    """Who publishes the service."""
    publisher_address: str = ""
    """Their postal address."""
    director: str = ""
    """The director of publication."""
    host: str = ""
    """Who hosts the service, with address."""
    data_controller: str = ""
    """Who answers for personal data, where it isn't the association."""
    data_contact: str = "donnees@clickasso.fr"
    """Where one asks about one's data."""
    accessibility_contact: str = "accessibilite@clickasso.fr"
    """Where one reports a barrier."""


class Testing(Section):
    """`[testing]`: for tests only, refused unless `public_url` is on a loopback host."""

    clock_skew_seconds: int = 0
    """Added to the machine's clock."""
    throttle: bool = True
    """Whether throttles count."""
    ca_file: str = ""
    """A further authority that outgoing TLS believes."""
    fetch_allow: Names = ()
    """`host:port` pairs that the guarded fetcher may reach although they are not public."""
    seed_person: str = ""
    """A JSON file of standard claims for one person."""


class Settings(BaseSettings):
    """All sections together."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", enable_decoding=False
    )

    server: Server = Server()
    database: Database = Database()
    keys: Keys = Keys()
    mail: Mail = Mail()
    eligibility: EligibilitySection = EligibilitySection()
    login: Login = Login()
    passwords: Passwords = Passwords()
    lifetimes: Lifetimes = Lifetimes()
    throttle: Throttle = Throttle()
    audit: Audit = Audit()
    legal: Legal = Legal()
    testing: Testing = Testing()

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if self.testing != Testing() and not is_loopback_host(urlsplit(self.server.public_url).hostname):
            raise ValueError("testing: only where server.public_url is on a loopback host; take the section away")
        return self
