"""Checks what arrives at /authorize, and writes the addresses that answer it.

Before the client and its redirect URI are known to be right nothing is redirected (SEC-16): `PageError`, a page of
ours. After that every fault goes back to the application, with `state` and `iss` (RFC 9207).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from idp.oauth.authorization_rules import (
    AuthorizationRequest,
    Problem,
    answer_url,
    is_storable,
    read_request,
    repeated,
    state_of,
)
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.store import find_client
from idp.store import Transaction
from idp.store.secrets import PlainSecret

__all__ = [
    "AuthorizationChecks",
    "AuthorizationRequest",
    "PageError",
    "PageReason",
    "RedirectError",
]


class PageReason(StrEnum):
    """Why a request gets a page and no redirect."""

    MISSING_CLIENT = "missing_client"
    UNKNOWN_CLIENT = "unknown_client"
    MISSING_REDIRECT_URI = "missing_redirect_uri"
    WRONG_REDIRECT_URI = "wrong_redirect_uri"
    REPEATED_PARAMETER = "repeated_parameter"


@dataclass(frozen=True)
class PageError:
    """A 400 page in French, without `Location`. `client` is there where it is known."""

    reason: PageReason
    client: ClientFacts | None = None


@dataclass(frozen=True)
class RedirectError:
    """The application is told. `url` is where the browser goes."""

    url: str
    error: str
    client: ClientFacts


@dataclass(frozen=True)
class AuthorizationChecks:
    """Reads authorization requests for one issuer (`[server] public_url`)."""

    issuer: str

    def check(
        self, tx: Transaction, parameters: Sequence[tuple[str, str]]
    ) -> AuthorizationRequest | PageError | RedirectError:
        """Return the request, or how to refuse it. `parameters` in the order sent, repetitions included."""
        return self.check_for(partial(find_client, tx), parameters)

    def check_for(
        self, client_of: Callable[[str], ClientFacts | None], parameters: Sequence[tuple[str, str]]
    ) -> AuthorizationRequest | PageError | RedirectError:
        """As `check`, with the applications from wherever the caller has them."""
        where = self._client_and_redirect_uri(client_of, parameters)
        if isinstance(where, PageError):
            return where
        client, redirect_uri = where
        outcome = read_request(client, redirect_uri, parameters)
        if isinstance(outcome, Problem):
            url = self._error_url(redirect_uri, state_of(parameters), outcome.error, outcome.description)
            return RedirectError(url, outcome.error, client)
        return outcome

    def read_again(
        self, tx: Transaction, parameters: Mapping[str, str]
    ) -> AuthorizationRequest | PageError | RedirectError:
        """Check a request that was kept while its person signed in: the client may have changed meanwhile."""
        return self.check(tx, list(parameters.items()))

    def success_url(self, request: AuthorizationRequest, code: PlainSecret) -> str:
        """Return the address that brings the application its code."""
        answer = {"code": code.reveal(), "state": request.state, "iss": self.issuer}
        return answer_url(request.redirect_uri, answer)

    def error_url(self, request: AuthorizationRequest, error: str, description: str | None = None) -> str:
        """Return the address that tells the application no: `error` of RFC 6749 §4.1.2.1 or OpenID Connect §3.1.2.6."""
        return self._error_url(request.redirect_uri, request.state, error, description)

    def _error_url(self, redirect_uri: str, state: str | None, error: str, description: str | None) -> str:
        answer = {"error": error, "error_description": description, "state": state, "iss": self.issuer}
        return answer_url(redirect_uri, answer)

    def _client_and_redirect_uri(
        self, client_of: Callable[[str], ClientFacts | None], parameters: Sequence[tuple[str, str]]
    ) -> tuple[ClientFacts, str] | PageError:
        if repeated(parameters) & {"client_id", "redirect_uri"}:
            return PageError(PageReason.REPEATED_PARAMETER)
        sent = dict(parameters)
        client_id, redirect_uri = sent.get("client_id", ""), sent.get("redirect_uri", "")
        if not client_id:
            return PageError(PageReason.MISSING_CLIENT)
        client = client_of(client_id) if is_storable(client_id) else None
        if client is None:
            return PageError(PageReason.UNKNOWN_CLIENT)
        if not redirect_uri:  # none is taken for granted, even where only one is registered
            return PageError(PageReason.MISSING_REDIRECT_URI, client)
        if not client.may_redirect_to(redirect_uri):
            return PageError(PageReason.WRONG_REDIRECT_URI, client)
        return client, redirect_uri
