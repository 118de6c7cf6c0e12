"""Tells whether two kinds of answer can be told apart by the time they take (the timing rule of SEC-09 and SEC-10).

Classes are asked in turn, in an order drawn anew for each turn, so that whatever slows the machine slows all alike.
"""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from tests.security.place import counted

SAMPLES = counted(200, 2_000)
MEDIANS_APART_SECONDS = 0.002
MEDIANS_APART_SHARE = counted(25, 3) / 100
"""Per cent; a run in CI is a smoke test on a busy machine."""
TOLD_APART = counted(75, 55) / 100
"""The share of samples that the best threshold puts in the right class."""
REPEATS = 3
"""A failure counts when it repeats so often."""


def measured(classes: Mapping[str, Callable[[], object]], samples: int = SAMPLES) -> dict[str, list[float]]:
    """Return how many seconds each class took, each time."""
    order, draw = list(classes), random.Random(20_261_124)  # noqa: S311 -- an order, not a secret
    taken: dict[str, list[float]] = {name: [] for name in order}
    for _ in range(samples):
        draw.shuffle(order)
        for name in order:
            begun = time.perf_counter()
            classes[name]()
            taken[name].append(time.perf_counter() - begun)
    return taken


def told_apart(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the share of samples that the best single threshold puts in the right class: 0.5 for none of it."""
    marked = sorted([(seconds, 1) for seconds in first] + [(seconds, -1) for seconds in second])
    lead = best = 0
    for _, side in marked:
        lead += side
        best = max(best, abs(lead))
    return (len(marked) / 2 + best) / len(marked)


def differences(taken: Mapping[str, Sequence[float]], against: str) -> dict[str, str]:
    """Return which classes can be told from `against`, and how: empty when none can."""
    found = {}
    middle = statistics.median(taken[against])
    for name, seconds in taken.items():
        apart = abs(statistics.median(seconds) - middle)
        share = told_apart(seconds, taken[against])
        bound = max(MEDIANS_APART_SECONDS, MEDIANS_APART_SHARE * middle)
        if apart > bound or share > TOLD_APART:
            found[name] = f"medians {apart * 1000:.2f} ms apart of {middle * 1000:.2f}, told apart in {share:.0%}"
    return found


def repeated_differences(classes: Mapping[str, Callable[[], object]], against: str) -> list[dict[str, str]]:
    """Measure until nothing differs, three times at most; return what differed each time, if it always did."""
    seen = []
    for _ in range(REPEATS):
        found = differences(measured(classes), against)
        if not found:
            return []
        seen.append(found)
    return seen
