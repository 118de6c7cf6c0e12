#!/usr/bin/env python3
"""Gathers the sentences of the templates and brings every catalogue of `idp/locales` up to date, compiled.

French is the source language, so it has no catalogue. Babel does the work; this only names the files.
"""

import subprocess
import sys
from pathlib import Path

LOCALES = Path("idp/locales")
TEMPLATE = LOCALES / "messages.pot"
LANGUAGES = ("en",)


def babel(*arguments: str) -> None:
    """Run Babel's command line."""
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "--quiet", *arguments], check=True)


def main() -> int:
    """Extract, update or begin, compile."""
    LOCALES.mkdir(exist_ok=True)
    files = ["--input-file", str(TEMPLATE), "--output-dir", str(LOCALES)]
    babel(
        "extract", "--mapping", "pyproject.toml", "--output-file", str(TEMPLATE), "--add-location", "file", "--no-wrap",
        "--project", "clickasso-idp", "--copyright-holder", "ClickAsso", "idp/templates",
    )  # fmt: skip
    for language in LANGUAGES:
        begun = (LOCALES / language / "LC_MESSAGES" / "messages.po").exists()
        how = (
            ("update", "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date") if begun else ("init",)
        )
        babel(*how, *files, "--locale", language, "--no-wrap")
    babel("compile", "--directory", str(LOCALES), "--statistics")
    return 0


if __name__ == "__main__":
    sys.exit(main())
