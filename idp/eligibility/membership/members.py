"""Strict reading of JSON: an object's known members, each of the one type that it may have.

Stricter than JSON itself: no member twice, no half surrogates, no NUL, no NaN, no nesting without end.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

LONGEST_ID = 200
LONGEST_TEXT = 2_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Malformed(Exception):
    """An answer that can't be trusted. The message names the member and never its value."""


class Members:
    """The members of one JSON object. `where` is its place in the answer, such as `persons[0]`."""

    def __init__(self, members: object, where: str = "") -> None:
        """Raises `Malformed` for anything but an object."""
        if not isinstance(members, dict):
            raise Malformed(f"{where or 'answer'}: no object")
        self._members: dict[str, Any] = members
        self._where = where

    @classmethod
    def of(cls, body: bytes) -> "Members | None":
        """Read an answer; nothing for `null`. Raises `Malformed`."""
        parsed = parse(body)
        return None if parsed is None else cls(parsed)

    def wrong(self, name: str, how: str) -> Malformed:
        """Return the exception for a member."""
        return Malformed(f"{self.place(name)}: {how}")

    def place(self, name: str) -> str:
        """Return a member's place in the answer."""
        return f"{self._where}.{name}" if self._where else name

    def truth(self, name: str) -> bool:
        """`true` or `false`, and no text that looks like it."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "neither true nor false")
        return value

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.optional_text(name)
        if value is None:
            raise self.wrong(name, "missing")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, or nothing for `null` and for a member that is missing."""
        value = self._members.get(name)
        if value is None:
            return None
        return self._text(value, name, LONGEST_TEXT)

    def identifier(self, name: str) -> str:
        """A text that names something: not empty, no control characters, 200 characters at most."""
        return self._identifier(self._members.get(name), name)

    def identifiers(self, name: str) -> tuple[str, ...]:
        """A list of such texts; empty where it is missing."""
        return tuple(self._identifier(value, f"{name}[{place}]") for place, value in enumerate(self._list(name)))

    def day(self, name: str) -> date | None:
        """A date as `2016-05-09`, or nothing for `null` and for a member that is missing."""
        value = self.optional_text(name)
        if value is None:
            return None
        if not _DATE.fullmatch(value):
            raise self.wrong(name, "no date")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.wrong(name, "no date") from None

    def count(self, name: str) -> int | None:
        """A whole number from 0, or nothing for `null` and for a member that is missing."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(name, "no whole number from 0")
        return value

    def part(self, name: str) -> "Members":
        """An object that must be there."""
        return Members(self._members.get(name), self.place(name))

    def parts(self, name: str) -> Sequence["Members"]:
        """A list of objects; empty where it is missing."""
        return [Members(value, f"{self.place(name)}[{place}]") for place, value in enumerate(self._list(name))]

    def _list(self, name: str) -> list[Any]:
        value = self._members.get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, "no list")
        return value

    def _text(self, value: object, name: str, longest: int) -> str:
        if not isinstance(value, str):
            raise self.wrong(name, "no text")
        if len(value) > longest or "\0" in value:  # PostgreSQL stores no NUL
            raise self.wrong(name, "no text that can be kept")
        return value

    def _identifier(self, value: object, name: str) -> str:
        text = self._text(value, name, LONGEST_ID)
        if not text.strip() or any(unicodedata.category(letter) == "Cc" for letter in text):
            raise self.wrong(name, "no identifier")
        return text


def parse(body: bytes) -> Any:  # noqa: ANN401 -- whatever JSON may be
    """Read JSON. Raises `Malformed`."""
    try:
        orjson.loads(body)  # strict UTF-8, no surrogates, no NaN, bounded nesting
        return json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Malformed("answer: no JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Whoever says a thing twice may mean either: a doubtful answer."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members
