"""Says what is wrong with a password that somebody chooses: the policy of `docs/` (CNIL 2022-100, SEC-36).

Faults are returned, never raised; the page shows the policy before typing and the reason after (S31).
"""

from anyio import to_thread

from idp.accounts.password_rules import AboutPerson, PolicyFault, is_personal, shape_fault
from idp.accounts.password_strength import is_common, is_guessable
from idp.accounts.passwords import PlainPassword
from idp.settings import Passwords
from idp.store.limits import BoundedThreads

THREADS = 2
QUEUE = 64

__all__ = ["AboutPerson", "PasswordPolicy", "PolicyFault"]


class PasswordPolicy:
    """The policy of one service, as `[passwords]` sets it."""

    def __init__(self, settings: Passwords) -> None:
        """`settings` is `[passwords]`."""
        self._settings = settings
        self._threads = BoundedThreads("password policy", threads=THREADS, queue=QUEUE)

    async def faults(
        self, plain: PlainPassword, about: AboutPerson, *, minimum_length: int = 0
    ) -> tuple[PolicyFault, ...]:
        """Return what is wrong, nothing when the password will do. `minimum_length` may raise the setting's.

        Raises `Unavailable` when too many ask at once.
        """
        return await to_thread.run_sync(
            lambda: self.faults_blocking(plain, about, minimum_length=minimum_length), limiter=self._threads.limiter()
        )

    def faults_blocking(
        self, plain: PlainPassword, about: AboutPerson, *, minimum_length: int = 0
    ) -> tuple[PolicyFault, ...]:
        """As `faults`, for commands and threads."""
        typed = plain.reveal()
        at_least = max(minimum_length, self._settings.minimum_length)
        shape = shape_fault(typed, at_least, self._settings.maximum_length)
        if shape is not None:
            return (shape,)
        found = []
        if is_common(typed):
            found.append(PolicyFault.COMMON)
        if is_personal(typed, about):
            found.append(PolicyFault.PERSONAL)
        if not found and is_guessable(typed, about.parts(), self._settings.minimum_score):
            found.append(PolicyFault.GUESSABLE)  # the last word: the others say more to the member
        return tuple(found)
