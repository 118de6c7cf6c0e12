"""Decides what an authorization request asks and whether it may: RFC 6749 §4.1, OpenID Connect Core §3.1.2, RFC 7636.

Knows no database: the caller hands in the client. Where client and redirect URI are known to be right, what is wrong
goes back to the application as a `Problem`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.oauth.clients.rules import CODE_GRANT, ClientFacts

PROMPTS = ("none", "login", "consent", "select_account")

LONGEST_VALUE = 2_048
"""No parameter of ours needs more, `state` aside."""
LONGEST_STATE = 4_096

_SCOPE = re.compile(r"[!#-\[\]-~]+(?: +[!#-\[\]-~]+)*")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""RFC 7636 §4.2: a SHA-256 in base64url is 43 characters, never more or less."""
_MAX_AGE = re.compile(r"[0-9]{1,10}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

KNOWN = frozenset(
    {
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "acr_values",
        "display",
        "claims_locales",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "association",
        "request",
        "request_uri",
        "registration",
    }
)
"""What is read; everything else is ignored (OpenID Connect Core §3.1.2.1) and never stored."""
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, as the standards call it, and a sentence for the developer (RFC 6749 §4.1.2.1 characters)."""

    error: str
    description: str


@dataclass(frozen=True)
class AuthorizationRequest:
    """An application's request that was found right. `parameters` are the ones it was read from, to be kept."""

    client: ClientFacts
    redirect_uri: str
    scope: str
    """The scopes granted of those asked."""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    """Seconds since the password was given, at most."""
    login_hint: str | None = None
    id_token_hint: str | None = None
    association: str | None = None
    """As typed: a code or an alias, known or not."""
    ui_locales: tuple[str, ...] = ()
    resource: str | None = None
    response_mode: str = "query"
    parameters: Mapping[str, str] | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes granted, one by one."""
        return frozenset(self.scope.split())

    @property
    def is_offline(self) -> bool:
        """Whether a refresh token will be given."""
        return "offline_access" in self.scopes


def repeated(parameters: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return the known parameters that were sent more than once (RFC 6749 §3.1)."""
    counts = Counter(name for name, _ in parameters if name in KNOWN)
    return frozenset(name for name, count in counts.items() if count > 1)


def is_storable(value: str, longest: int = LONGEST_VALUE) -> bool:
    """Tell whether a value is short and free of control characters and lone surrogates."""
    return len(value) <= longest and not _CONTROL.search(value)


def read_request(
    client: ClientFacts, redirect_uri: str, parameters: Sequence[tuple[str, str]]
) -> AuthorizationRequest | Problem:
    """Return the request, or the first thing that is wrong with it."""
    asked = {name: value for name, value in parameters if name in KNOWN and value}
    problem = (
        _repetition_problem(repeated(parameters))
        or _value_problem(asked)
        or _response_problem(client, asked)
        or _prompt_problem(asked)
        or _pkce_problem(client, asked)
    )
    if problem:
        return problem
    scope = _scope(client, asked.get("scope", ""))
    if isinstance(scope, Problem):
        return scope
    if "resource" in asked and asked["resource"] not in client.resources:
        return Problem("invalid_target", "The resource is not registered for this client")
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scope=scope,
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        code_challenge=asked.get("code_challenge"),
        code_challenge_method=asked.get("code_challenge_method"),
        prompt=frozenset(asked.get("prompt", "").split()),
        max_age=int(asked["max_age"]) if "max_age" in asked else None,
        login_hint=asked.get("login_hint"),
        id_token_hint=asked.get("id_token_hint"),
        association=asked.get("association"),
        ui_locales=tuple(asked.get("ui_locales", "").split()),
        resource=asked.get("resource"),
        parameters=asked,
    )


def state_of(parameters: Sequence[tuple[str, str]]) -> str | None:
    """Return the state that an error must carry; none where it is repeated or can't be sent back as it was."""
    states = [value for name, value in parameters if name == "state"]
    return states[0] if len(states) == 1 and states[0] and is_storable(states[0], LONGEST_STATE) else None


def answer_url(redirect_uri: str, answer: Mapping[str, str | None]) -> str:
    """Return the redirect URI with the answer in its query; its own query is kept (RFC 6749 §3.1.2)."""
    query = urlencode({name: value for name, value in answer.items() if value is not None})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _repetition_problem(names: frozenset[str]) -> Problem | None:
    if names == {"resource"}:  # RFC 8707 lets it be repeated; an access token of ours names one audience (STD-05)
        return Problem("invalid_target", "One resource at a time")
    return Problem("invalid_request", "A parameter is repeated") if names else None


def _value_problem(asked: Mapping[str, str]) -> Problem | None:
    for name, error in _UNSUPPORTED.items():
        if name in asked:
            return Problem(error, f"{name} is not supported")
    for name, value in asked.items():
        if not is_storable(value, LONGEST_STATE if name in {"state", "id_token_hint"} else LONGEST_VALUE):
            return Problem("invalid_request", f"{name} is too long or holds control characters")
    return None


def _response_problem(client: ClientFacts, asked: Mapping[str, str]) -> Problem | None:
    if "response_type" not in asked:
        return Problem("invalid_request", "response_type is missing")
    if asked["response_type"] != "code":
        return Problem("unsupported_response_type", "Only response_type code is supported")
    if not client.may_use(CODE_GRANT):
        return Problem("unauthorized_client", "The client is not registered for authorization_code")
    if asked.get("response_mode", "query") != "query":
        return Problem("invalid_request", "Only response_mode query is supported")
    return None


def _prompt_problem(asked: Mapping[str, str]) -> Problem | None:
    prompts = asked.get("prompt", "").split()
    if not set(prompts) <= set(PROMPTS):
        return Problem("invalid_request", "prompt has an unknown value")
    if "none" in prompts and len(set(prompts)) > 1:  # OpenID Connect Core §3.1.2.1
        return Problem("invalid_request", "prompt none stands alone")
    if "max_age" in asked and not _MAX_AGE.fullmatch(asked["max_age"]):
        return Problem("invalid_request", "max_age is a number of seconds")
    return None


def _pkce_problem(client: ClientFacts, asked: Mapping[str, str]) -> Problem | None:
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None and method is None:
        return Problem("invalid_request", "code_challenge is missing") if client.demands_pkce else None
    if challenge is None:
        return Problem("invalid_request", "code_challenge is missing")
    if method != "S256":  # no method means plain (RFC 7636 §4.3), which protects nobody
        return Problem("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        return Problem("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return None


def _scope(client: ClientFacts, asked: str) -> str | Problem:
    if not _SCOPE.fullmatch(asked):
        return Problem("invalid_scope", "scope is missing or malformed")
    granted = client.granted_scope(asked)
    return granted or Problem("invalid_scope", "None of the scopes is registered for this client")
