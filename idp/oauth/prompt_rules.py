"""Decides which session answers an application, or what must be asked first (design: « Several sessions live in one
browser »; OpenID Connect Core §3.1.2.3). Knows no database and no framework.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.sessions.rules import Session, is_fresh

TIME_TO_CHOOSE = timedelta(minutes=10)
"""What may lie between a sign-in and the answer that it was for: « Qui êtes-vous ? »."""


@dataclass(frozen=True)
class Wish:
    """What an application asks of the sign-in itself. `prompt` holds the values of the parameter."""

    prompt: frozenset[str] = frozenset()
    max_age: timedelta | None = None

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown (`prompt=none`)."""
        return "none" in self.prompt


@dataclass(frozen=True)
class Use:
    """The session that answers, if the hook still knows its person."""

    session: Session


@dataclass(frozen=True)
class AskLogin:
    """Show the authentication page."""


@dataclass(frozen=True)
class AskPerson:
    """Show « Qui êtes-vous ? »."""


@dataclass(frozen=True)
class Deny:
    """Answer the application with this error code (OpenID Connect Core §3.1.2.6)."""

    code: str


Decision = Use | AskLogin | AskPerson | Deny


def choose_session(wish: Wish, sessions: Sequence[Session], at: datetime) -> Decision:
    """Decide among the live sessions that fit the request's association (all of the browser's, if it names none)."""
    decision = _choose(wish, sessions, at)
    if not wish.is_silent:
        return decision
    if isinstance(decision, AskLogin):
        return Deny("login_required")
    if isinstance(decision, AskPerson):
        return Deny("account_selection_required")
    return decision


def _choose(wish: Wish, sessions: Sequence[Session], at: datetime) -> Decision:
    if not sessions or "login" in wish.prompt:
        return AskLogin()
    if "select_account" in wish.prompt or len(sessions) > 1 or not sessions[0].is_decided:
        return AskPerson()
    if not is_fresh(sessions[0], at, wish.max_age):
        return AskLogin()
    return Use(sessions[0])


def satisfies(wish: Wish, session: Session, asked_at: datetime, at: datetime) -> bool:
    """Tell whether a session answers a request that waited since `asked_at`: it may come from another tab's sign-in.

    One who has signed in since then is not sent back for the time that it took, whatever `max_age` says: with
    `max_age=0` nobody would ever arrive.
    """
    if session.auth_time >= asked_at and is_fresh(session, at, TIME_TO_CHOOSE):
        return True
    return "login" not in wish.prompt and is_fresh(session, at, wish.max_age)
