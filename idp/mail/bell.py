"""Wakes the senders of this process when a letter was put in the outbox, so that none waits for the next look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bell:
    """Rung from any thread. Who listens must be quick and safe to call from another thread."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._listeners: tuple[Callable[[], object], ...] = ()

    def ring(self) -> None:
        """Wake everybody who listens. The letter may not be committed yet: they look again a little later too."""
        for wake in self._listeners:
            wake()

    @contextmanager
    def heard_by(self, wake: Callable[[], object]) -> Iterator[None]:
        """Have `wake` called at each ring, for as long as the context lasts."""
        self._listeners = (*self._listeners, wake)
        try:
            yield
        finally:
            self._listeners = tuple(listener for listener in self._listeners if listener is not wake)
