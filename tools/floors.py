#!/usr/bin/env python3
"""Holds `requirements.lock` to the least safe versions and the bans that `pyproject.toml` names.

Works on the two files alone, so it answers where no advisory source does. Every pin must carry a hash, and no address
of a registry may stand in the lock.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)[^\n]*(?:\n[ \t]+--hash=sha256:[0-9a-f]{64}(?: \\)?)*", re.MULTILINE
)


def pins(lock: str) -> dict[str, list[Version]]:
    """Return the locked versions by name; a marker may give one name several."""
    found: dict[str, list[Version]] = {}
    for match in PIN.finditer(lock):
        found.setdefault(canonicalize_name(match[1]), []).append(Version(match[2]))
    return found


def check(lock: str, floors: dict[str, str], banned: dict[str, str]) -> list[str]:
    """Return a sentence for each thing that is wrong with the lock."""
    locked = pins(lock)
    wrong = [
        f"{name} is not locked, {least} or newer is demanded" for name, least in floors.items() if name not in locked
    ]
    wrong += [
        f"{name} {version} is locked, {floors[name]} or newer is demanded"
        for name, versions in locked.items()
        for version in versions
        if name in floors and version < Version(floors[name])
    ]
    wrong += [f"{name} is banned: {why}" for name, why in banned.items() if canonicalize_name(name) in locked]
    wrong += [f"{match[1]} has no hash" for match in PIN.finditer(lock) if "--hash=" not in match[0]]
    if re.search(r"^\s*(?:-i|-f|--index|--extra-index|--find-links|--trusted-host)|://", lock, re.MULTILINE):
        wrong.append("an address stands in the lock; `make lock` writes none")
    return wrong


def main(root: Path) -> int:
    """Print what is wrong; succeed where nothing is."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["clickasso-idp"]
    lock = (root / "requirements.lock").read_text("utf-8")
    wrong = check(lock, settings["floors"], settings["banned"])
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
