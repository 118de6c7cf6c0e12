"""Lets the members of one club sign in, from a CSV file of `id,email,given_name,family_name`: a plugin, whole.

`ONE_CLUB_FILE` names the file. It is read at every question, so that a line taken out is somebody kept out.
"""

import csv
import os
from pathlib import Path

from idp.accounts.identifiers import canonical_identifier
from idp.associations.rules import canonical_name
from idp.eligibility.plugins import PluginContext
from idp.eligibility.provider import Capability
from idp.eligibility.verdict import (
    AssociationFacts,
    Eligible,
    PersonFacts,
    PersonKind,
    Purpose,
    Reason,
    Refusal,
    SeasonFacts,
    Verdict,
)

CLUB = AssociationFacts(id="one-club", code="CLUB", alias=None, name="Notre club")
SEASON = SeasonFacts(id="always", label="2026-2027")


class OneClub:
    """A `Provider` that can answer the question and nothing else."""

    name = "one-club"
    capabilities: frozenset[Capability] = frozenset()

    def __init__(self, file: Path) -> None:
        """Nothing is read before the first question."""
        self._file = file

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Answer the question. A file that isn't there raises, and nobody gets in."""
        if canonical_name(association) != canonical_name(CLUB.code):
            return Refusal(Reason.UNKNOWN_ASSOCIATION)
        with self._file.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["email"]]
        wanted = canonical_identifier(identifier)
        persons = [row for row in rows if canonical_identifier(row["email"]) == wanted]
        if not persons:
            return Refusal(Reason.UNKNOWN_IDENTIFIER)
        return Eligible(
            association=CLUB,
            season=SEASON,
            persons=tuple(
                PersonFacts(row["id"], PersonKind.MEMBER, row["given_name"], row["family_name"]) for row in persons
            ),
            email=persons[0]["email"],
        )


def create(_context: PluginContext) -> OneClub:
    """What the entry point names."""
    return OneClub(Path(os.environ.get("ONE_CLUB_FILE", "one-club.csv")))
