"""Decides who may enter, for clubs that are kept in a JSON file (see clubs.json).

Who is a member of the current season may enter, or acts for a child who is; a banned person may not. All who share an
address stand behind it together.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

FULL_AGE_YEARS = 18
MAX_AGE_SECONDS = 30
"""How long the provider may use an eligible verdict again, so that a busy evening asks less. Without it: never."""

Json = Mapping[str, Any]


def folded(text: str) -> str:
    """Return the form in which codes and aliases are compared: no case, no accents, no spaces around."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).strip(" -")


@dataclass(frozen=True)
class Clubs:
    """Every association, by id, with its people."""

    by_id: Mapping[str, Json]

    @classmethod
    def read(cls, text: str) -> "Clubs":
        """Read the file."""
        return cls({club["id"]: club for club in json.loads(text)["associations"]})

    def check(self, association: str, identifier: str) -> Json:
        """Answer the question."""
        club = self._named(association)
        if club is None:
            return refusal("unknown_association")
        persons = [person for person in club["people"] if is_known_as(person, identifier)]
        if not persons:
            return refusal("unknown_identifier")
        entering = [entry for person in persons if (entry := enters(club, person))]
        if not entering:
            return refusal(reason_of(persons))
        return {
            "eligible": True,
            "reason": None,
            "association": public(club),
            "season": club["season"],
            "email": persons[0].get("email"),
            "username": persons[0].get("username"),
            "persons": entering,
            "max_age": MAX_AGE_SECONDS,
        }

    def association(self, code: str) -> Json | None:
        """Return what anybody may know of the association with this code or alias."""
        club = self._named(code)
        return public(club) if club else None

    def find(self, email: str) -> list[Json]:
        """Return the associations that an email may enter."""
        return [public(club) for club in self.by_id.values() if self.check(club["code"], email)["eligible"]]

    def people(self, association: str, after: str, limit: int) -> Json | None:
        """Return a page of those who may enter, by id; nothing for an unknown association."""
        club = self._named(association)
        if club is None:
            return None
        ordered = sorted(club["people"], key=lambda person: str(person["id"]))
        page = [person for person in ordered if person["id"] > after][:limit]
        persons = [entry for person in page if (entry := enters(club, person))]
        return {"persons": persons, "next_after": page[-1]["id"] if len(page) == limit else None}

    def _named(self, text: str) -> Json | None:
        wanted = folded(text)
        for club in self.by_id.values():
            if wanted in {folded(name) for name in (club["code"], club.get("alias") or club["code"])}:
                return club
        return None


def refusal(reason: str) -> Json:
    """Return the answer for somebody who may not enter. The reason is for administrators."""
    return {"eligible": False, "reason": reason}


def public(club: Json) -> Json:
    """Return what a verdict says of the association."""
    return {name: club.get(name) for name in ("id", "code", "alias", "name", "contact")}


def is_known_as(person: Json, identifier: str) -> bool:
    """Tell whether somebody has this email or username."""
    wanted = identifier.strip().casefold()
    return wanted in {name.casefold() for name in (person.get("email"), person.get("username")) if name}


def is_member(club: Json, person: Json) -> bool:
    """Tell whether somebody is a member of the current season, and not banned."""
    return club["season"]["id"] in person.get("seasons", ()) and not person.get("banned", False)


def enters(club: Json, person: Json) -> Json | None:
    """Return somebody as a verdict names them; nothing for who may not enter."""
    if person.get("banned", False):
        return None
    children = [
        child
        for child in club["people"]
        if child["id"] in person.get("guardian_of", ()) and is_member(club, child) and not is_of_age(child)
    ]
    member = is_member(club, person)
    if not member and not children:
        return None
    return {
        **named(person),
        "kind": "member" if member else "guardian",
        "roles": person.get("roles", []) if member else [],
        "acting_for": [named(child) for child in children],
    }


def named(person: Json) -> Json:
    """Return who somebody is."""
    return {name: person.get(name) for name in ("id", "given_name", "family_name", "birth_date")}


def is_of_age(person: Json) -> bool:
    """Tell whether somebody is 18 today. Without a birth date the club's link counts."""
    if not person.get("birth_date"):
        return False
    born, today = date.fromisoformat(person["birth_date"]), datetime.now(UTC).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= FULL_AGE_YEARS


def reason_of(persons: list[Json]) -> str:
    """Return why none of those behind an address may enter."""
    if any(person.get("banned", False) for person in persons):
        return "banned"
    return "past_season" if any(person.get("seasons") for person in persons) else "no_active_child"
