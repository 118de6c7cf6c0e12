"""What answers the one question: the interface of every provider, embedded, over HTTP or plugged in.

A provider declares in `capabilities` what it can besides; what is missing is absent from pages and commands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from idp.eligibility.verdict import AssociationFacts, PersonFacts, Purpose, Verdict
from idp.errors import Fault

ENTRY_POINTS = "clickasso_idp.eligibility"
"""The group of Python entry points under which plugins are found."""


class NotOffered(Fault):
    """The provider can't do that. Callers ask `offers` first: their page or command is absent then."""


class Capability(StrEnum):
    """What a provider may offer besides `check`."""

    ASSOCIATIONS = "associations"
    """Code or alias → association."""
    FIND = "find"
    """Email → the associations where it may enter."""
    PEOPLE = "people"
    """The persons of an association, page by page."""


class Provider(Protocol):
    """Knows who may enter."""

    @property
    def name(self) -> str:
        """`directory`, `http`, or the plugin's name."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can besides `check`; each has a protocol of its own below."""
        ...

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Answer the question. At login and reset both are as typed, else the last verdict's `code` and `email`.

        Raises `Unavailable` when there is no answer.
        """
        ...


@runtime_checkable
class KnowsAssociations(Protocol):
    """Offers `Capability.ASSOCIATIONS`."""

    async def association(self, text: str) -> AssociationFacts | None:
        """Return the association with this code or alias. Raises `Unavailable`."""
        ...


@runtime_checkable
class FindsAssociations(Protocol):
    """Offers `Capability.FIND`."""

    async def find(self, email: str) -> Sequence[AssociationFacts]:
        """Return the associations that this email may enter. Raises `Unavailable`."""
        ...


@dataclass(frozen=True)
class PeoplePage:
    """Some persons who may enter, by id. `next_after` asks for the next page, and is missing from the last one."""

    persons: Sequence[PersonFacts]
    next_after: str | None


@runtime_checkable
class ListsPeople(Protocol):
    """Offers `Capability.PEOPLE`."""

    async def people(self, association: str, after: str = "", limit: int = 100) -> PeoplePage | None:
        """Return the persons of an association whose id is above `after`; nothing for an unknown association.

        Raises `Unavailable`.
        """
        ...


@runtime_checkable
class HoldsConnections(Protocol):
    """A provider that keeps connections open between questions."""

    async def close(self) -> None:
        """Let go of those that belong to the running event loop."""
        ...


@runtime_checkable
class SparesItsService(Protocol):
    """A provider that stops asking a service which gives no answers."""

    @property
    def is_spared(self) -> bool:
        """Whether questions are refused unasked now, but for a probe."""
        ...
