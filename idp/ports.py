"""The outside world as the service sees it: handed in at start, so that tests need no patches."""

from dataclasses import dataclass, field

from idp.clock import Clock, SystemClock
from idp.entropy import Entropy, SystemEntropy


@dataclass(frozen=True)
class Ports:
    """Time and randomness. The defaults are the real ones."""

    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
