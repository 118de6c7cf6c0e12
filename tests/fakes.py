"""Small real classes that stand in for the outside world."""

import hashlib
from datetime import UTC, datetime, timedelta

from idp.accounts.argon2_engine import Costs, Engine
from idp.mail.letter import Letter
from idp.mail.store import MailTrace
from idp.store import Transaction


class FixedClock:
    """A clock that moves when told."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


class SeededEntropy:
    """Bytes that are never the same twice in a test, and the same in every run."""

    def __init__(self, seed: bytes = b"seed") -> None:
        self._seed = seed
        self._drawn = 0

    def bytes(self, count: int) -> bytes:
        drawn = b""
        while len(drawn) < count:
            self._drawn += 1
            drawn += hashlib.sha256(self._seed + self._drawn.to_bytes(8, "big")).digest()
        return drawn[:count]


class RecordingEngine:
    """An argon2id that costs nothing and writes down what each call would have cost."""

    def __init__(self) -> None:
        self.calls: list[Costs] = []

    @property
    def engine(self) -> Engine:
        return Engine("recording", self._derive)

    @property
    def work(self) -> int:
        """KiB filled in all since the last look, which begins a new count."""
        total = sum(costs.work for costs in self.calls)
        self.calls.clear()
        return total

    def _derive(self, secret: bytes, salt: bytes, costs: Costs) -> bytes:
        self.calls.append(costs)
        return hashlib.sha256(repr((secret, salt, costs)).encode()).digest()


class LetterBox:
    """Letters that were promised, as the outbox would take them."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def put(self, tx: Transaction, letter: Letter) -> str:
        self.letters.append(letter)
        return f"ml_{len(self.letters)}"

    def last_letter_to(self, tx: Transaction, address: str) -> MailTrace | None:
        return None
