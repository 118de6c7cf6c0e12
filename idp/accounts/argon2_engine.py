"""The libraries that compute argon2id (RFC 9106), and which of them is fastest on this machine.

All give the same bytes, so that the choice is free at every start: a wheel compiled for the oldest processors needs
twice the time of one that picks its code at run time. Knows nothing of passwords, peppers or stored hashes.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm

Derive = Callable[[bytes, bytes, "Costs"], bytes]

SALT_BYTES = 16
"""libsodium takes no other length."""
TAG_BYTES = 32
LANES = 1
"""libsodium knows no other number; parallelism comes from serving several members at once."""
LEAST_MEMORY_KIB = 8
"""RFC 9106 §3.1: 8 KiB a lane."""


@dataclass(frozen=True)
class Costs:
    """What one argon2id takes."""

    memory_kib: int
    passes: int

    @property
    def work(self) -> int:
        """KiB filled in all: what the time of a hash is proportional to."""
        return self.memory_kib * self.passes


@dataclass(frozen=True)
class Engine:
    """A library that computes argon2id outside Python's lock. `derive(secret, salt, costs)` returns the tag."""

    name: str
    derive: Derive


@dataclass(frozen=True)
class Speed:
    """What an engine does on this machine."""

    engine: str
    hashes_per_cpu_second: float


PROBE = Costs(memory_kib=4_096, passes=2)
"""What engines are compared with: long enough to tell them apart, short enough (some 4 ms) for a first sign-in."""
PROBE_TURNS = 3
_KNOWN_COSTS = Costs(memory_kib=64, passes=2)
_KNOWN_TAG = bytes.fromhex("280794fb5251699095bff27c4226577876c887713c462fd43d0f7d7bc112df20")


def _argon2_cffi() -> Engine:
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415 -- loaded by the first who hashes, not at start

    def derive(secret: bytes, salt: bytes, costs: Costs) -> bytes:
        return hash_secret_raw(secret, salt, costs.passes, costs.memory_kib, LANES, TAG_BYTES, Type.ID)

    return Engine("argon2-cffi", derive)


def _libsodium() -> Engine:
    from nacl.pwhash import argon2id  # noqa: PLC0415 -- as above

    def derive(secret: bytes, salt: bytes, costs: Costs) -> bytes:
        return argon2id.kdf(TAG_BYTES, secret, salt, opslimit=costs.passes, memlimit=costs.memory_kib * 1024)

    return Engine("libsodium", derive)


def _openssl() -> Engine:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 -- as above

    def derive(secret: bytes, salt: bytes, costs: Costs) -> bytes:
        kdf = Argon2id(salt=salt, length=TAG_BYTES, iterations=costs.passes, lanes=LANES, memory_cost=costs.memory_kib)
        return kdf.derive(secret)

    return Engine("openssl", derive)


LOADERS: tuple[Callable[[], Engine], ...] = (_argon2_cffi, _libsodium, _openssl)


def available_engines(loaders: Iterable[Callable[[], Engine]] = LOADERS) -> tuple[Engine, ...]:
    """Return the engines that are installed and give the right tag.

    The first is argon2-cffi, which the package depends on.
    """
    engines = []
    for load in loaders:
        try:
            engine = load()
            tag = engine.derive(b"secret", b"s" * SALT_BYTES, _KNOWN_COSTS)
        except (ImportError, UnsupportedAlgorithm):
            continue
        if tag == _KNOWN_TAG:
            engines.append(engine)
    return tuple(engines)


def fastest(engines: Iterable[Engine]) -> Engine:
    """Return the engine with the shortest best turn; some 12 ms an engine."""
    return min(engines, key=lambda engine: cpu_seconds(engine, PROBE, turns=PROBE_TURNS))


def cpu_seconds(engine: Engine, costs: Costs, *, turns: int) -> float:
    """Return the CPU time of the best of some turns, in seconds. The thread's own time: others may run meanwhile."""
    best = float("inf")
    for _ in range(turns):
        before = time.thread_time()
        engine.derive(b"secret", b"s" * SALT_BYTES, costs)
        best = min(best, time.thread_time() - before)
    return best


def measure(costs: Costs, *, turns: int = 5) -> tuple[Speed, ...]:
    """Return what every installed engine does with these costs, fastest first, for `idp doctor`."""
    speeds = [Speed(engine.name, 1 / cpu_seconds(engine, costs, turns=turns)) for engine in available_engines()]
    return tuple(sorted(speeds, key=lambda speed: speed.hashes_per_cpu_second, reverse=True))
