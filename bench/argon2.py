"""Hashes per CPU second of every argon2id engine that is installed, in one run: `python -m bench.argon2`.

Absolute figures drift from machine to machine and from hour to hour: compare within a run. Turns of the engines
alternate, so that a neighbour's noise meets all of them. The tags are compared too.
"""

import argparse
import statistics

from idp.accounts.argon2_engine import Costs, available_engines, cpu_seconds, fastest
from idp.settings import Passwords

SALT = b"s" * 16


def main() -> None:
    """Print a table, fastest first."""
    default = Passwords()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", type=int, default=default.argon2_memory_kib, metavar="KIB")
    parser.add_argument("--passes", type=int, default=default.argon2_passes)
    parser.add_argument("--turns", type=int, default=30)
    options = parser.parse_args()
    costs = Costs(options.memory, options.passes)
    engines = available_engines()

    if len({engine.derive(b"secret", SALT, costs) for engine in engines}) != 1:
        parser.error("the engines give different tags")
    seconds: dict[str, list[float]] = {engine.name: [] for engine in engines}
    for _ in range(options.turns):
        for engine in engines:
            seconds[engine.name].append(cpu_seconds(engine, costs, turns=1))

    print(f"argon2id, {costs.memory_kib} KiB, {costs.passes} passes, {options.turns} turns each")
    print(f"{'engine':<14}{'hashes/CPU s':>14}{'median ms':>12}{'best ms':>10}")
    for name, times in sorted(seconds.items(), key=lambda item: statistics.median(item[1])):
        median = statistics.median(times)
        print(f"{name:<14}{1 / median:>14.1f}{median * 1e3:>12.2f}{min(times) * 1e3:>10.2f}")
    print(f"the service would choose: {fastest(engines).name}")


if __name__ == "__main__":
    main()
