#!/usr/bin/env python3
"""Looks the locked packages up in the advisories, where a source of them answers (`make audit`).

Any known flaw blocks, unless `pyproject.toml` waives it until a date that has not passed. Where no source answers it
says so and succeeds: the floors, which need no network, are checked all the same.
"""

import json
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tools.floors import main as check_floors

UNCHECKED = "advisories not checked"


def findings(report: dict[str, Any], waivers: dict[str, dict[str, Any]], today: date) -> list[str]:
    """Return a line for each flaw that no valid waiver covers."""
    found = []
    for package in report["dependencies"]:
        for flaw in package.get("vulns", []):
            waived = [waivers[known] for known in (flaw["id"], *flaw.get("aliases", [])) if known in waivers]
            if any(waiver["reason"] and waiver["until"] >= today for waiver in waived):
                continue
            fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
            found.append(f"{package['name']} {package['version']}: {flaw['id']}, fixed in {fixed}")
    return found


def ask(root: Path) -> dict[str, Any] | str:
    """Return pip-audit's report on the lock, or why there is none."""
    command = [
        sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off",
        "--timeout", "10", "--format", "json", "--requirement", str(root / "requirements.lock"),
    ]  # fmt: skip
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        return "no answer within five minutes"
    try:
        report: dict[str, Any] = json.loads(answer.stdout)
    except json.JSONDecodeError:
        return next(reversed(answer.stderr.strip().splitlines()), "no report")
    return report


def main(root: Path) -> int:
    """Check floors, then advisories."""
    if check_floors(root):
        return 1
    report = ask(root)
    if isinstance(report, str):
        print(f"{UNCHECKED} ({report})")
        return 0
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["clickasso-idp"]
    found = findings(report, settings["waivers"], datetime.now(UTC).date())
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(report['dependencies'])} packages looked up, {len(found)} known flaws")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
