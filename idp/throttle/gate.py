"""What the throttle is asked and what it answers: the port that sign-in and recovery have in common.

`idp.throttle.service.Throttle` is the real one, `NullThrottle` the one of `[testing] throttle = false`.
"""

from dataclasses import dataclass, field
from typing import Protocol

from idp.store import Transaction
from idp.store.secrets import TokenHash
from idp.throttle.known_browsers import Renewal
from idp.throttle.rules import Counter, Gate, Obstacle


@dataclass(frozen=True)
class Try:
    """What is about to be tried, as typed, and from where. `known` is the hash of the browser's cookie `idp_known`."""

    association: str
    identifier: str
    source: str | None = None
    known: TokenHash | None = None


@dataclass(frozen=True)
class Counted:
    """One gate that an attempt was counted at, and how its counter was before."""

    gate: Gate
    before: Counter


@dataclass(frozen=True)
class Ticket:
    """An attempt that was counted. It is given back, or turned into a success, or simply stays counted."""

    tried: Try
    account_key: str = ""
    at: int = 0
    counted: tuple[Counted, ...] = field(default=())
    known_id: str | None = None
    """Under which id the account knows the browser, if it does."""


@dataclass(frozen=True)
class Admitted:
    """It may be tried, and was counted."""

    ticket: Ticket


@dataclass(frozen=True)
class Throttled:
    """It may not be tried now, and was not counted."""

    obstacle: Obstacle


class SignInGate(Protocol):
    """Stands before the hook and the hash."""

    async def admit(self, tried: Try) -> Admitted | Throttled:
        """Count an attempt before it is tried. Raises `Unavailable`; then nothing may be tried."""
        ...

    async def confirm(self, ticket: Ticket, association_id: str, login_key: str) -> Admitted | Throttled:
        """Say which account it turned out to be, before its password is tried. Raises `Unavailable`."""
        ...

    async def give_back(self, ticket: Ticket) -> None:
        """Count the attempt no more: we could not answer it."""
        ...

    def succeed(self, tx: Transaction, ticket: Ticket, fresh: TokenHash) -> None:
        """In the unit that opens the session: count the attempt no more, and know the browser under `fresh`."""
        ...


class RecoveryGate(Protocol):
    """Bounds what « Mot de passe oublié » sends and says. Each runs in the caller's unit, the last of its locks."""

    def admits_mail(self, tx: Transaction, address: str, *, is_real: bool) -> bool:
        """Count a mail with a link to this address, and tell whether it may be sent (SEC-45)."""
        ...

    def may_tell(self, tx: Transaction, tried: Try, *, missed: bool) -> bool:
        """Count a miss, and tell whether the explicit answer may be given (SEC-11)."""
        ...

    def pardon(self, tx: Transaction, association_id: str, login_key: str, renewal: Renewal | None) -> None:
        """A mailed reset: forget the account's failures and its browsers, and know this one."""
        ...


class Throttling(SignInGate, RecoveryGate, Protocol):
    """All of it, and what mailed links of browsers need besides."""

    def account_key(self, association_id: str, login_key: str) -> str:
        """Return the key of an account, for a link that will make a browser known to it."""
        ...

    def know(self, tx: Transaction, account_key: str, renewal: Renewal) -> None:
        """Know a browser whose person opened a mailed link in it."""
        ...


class NullThrottle:
    """Counts nothing. For tests on a loopback host alone."""

    async def admit(self, tried: Try) -> Admitted | Throttled:
        """Let everybody try."""
        return Admitted(Ticket(tried))

    async def confirm(self, ticket: Ticket, association_id: str, login_key: str) -> Admitted | Throttled:
        """Let everybody try."""
        return Admitted(ticket)

    async def give_back(self, ticket: Ticket) -> None:
        """Nothing was counted."""

    def succeed(self, tx: Transaction, ticket: Ticket, fresh: TokenHash) -> None:
        """Know no browser."""

    def admits_mail(self, tx: Transaction, address: str, *, is_real: bool) -> bool:
        """Send every mail."""
        return True

    def may_tell(self, tx: Transaction, tried: Try, *, missed: bool) -> bool:
        """Tell as the association wishes."""
        return True

    def pardon(self, tx: Transaction, association_id: str, login_key: str, renewal: Renewal | None) -> None:
        """Nothing was counted."""

    def account_key(self, association_id: str, login_key: str) -> str:
        """Return no key."""
        return ""

    def know(self, tx: Transaction, account_key: str, renewal: Renewal) -> None:
        """Know no browser."""
