"""Opens what `[eligibility] provider` names."""

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from idp.accounts.mailboxes import DirectoryMailboxes, Mailboxes
from idp.accounts.remote_mailboxes import RemoteMailboxes
from idp.eligibility.directory import DirectoryProvider
from idp.eligibility.membership.client import HttpClient
from idp.eligibility.membership.provider import MembershipProvider
from idp.eligibility.membership.questions import Questions
from idp.eligibility.plugins import PluginContext, open_plugin
from idp.eligibility.provider import Provider
from idp.eligibility.service import Eligibility
from idp.errors import SettingsError
from idp.ports import Ports
from idp.settings import Settings
from idp.store import Store
from idp.tls import verifying_context


class Signer(Protocol):
    """The key ring, as far as questions to the membership service need it."""

    def sign(self, claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
        """Return the compact JWS, with `kid`."""
        ...


def open_provider(settings: Settings, store: Store, ports: Ports, signer: Signer) -> Provider:
    """Return the directory, the membership service, or a plugin.

    Raises `SettingsError` for a plugin that is not installed and for an address that can't be one.
    """
    chosen, issuer = settings.eligibility, settings.server.public_url
    match chosen.provider:
        case "directory":
            return DirectoryProvider(store, ports.clock)
        case "http":
            client = HttpClient(_checked(chosen.url), verifying_context(settings.testing.ca_file))
            questions = Questions(client, signer, ports.clock, ports.entropy, issuer=issuer, audience=chosen.url)
            return MembershipProvider(questions, store, ports.clock)
        case name:
            return open_plugin(name, PluginContext(issuer, chosen.url, ports.clock, ports.entropy), store)


def open_mailboxes(settings: Settings, store: Store, ports: Ports, eligibility: Eligibility) -> Mailboxes:
    """Return who knows which credential an association and an identifier mean."""
    if settings.eligibility.provider == "directory":
        return DirectoryMailboxes(store, ports.clock)
    return RemoteMailboxes(store, eligibility)


def _checked(url: str) -> str:
    """Return the address, if something can be put behind it."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise SettingsError("eligibility.url: not an address; write https://host/path") from None
    if parts.query or parts.fragment or parts.userinfo:
        raise SettingsError("eligibility.url: only scheme, host, port and path; take away the rest")
    return url
