"""Providers that others write: Python entry points of the group `clickasso_idp.eligibility` (docs/eligibility.md).

An entry point names a function that takes a `PluginContext` and returns a `Provider`. What a plugin answers is given
its change number here, and what it raises is no answer: by a fault of its own it can let nobody in.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar, cast

import anyio

from idp.clock import Clock
from idp.eligibility.epochs import current_change
from idp.eligibility.provider import (
    ENTRY_POINTS,
    Capability,
    FindsAssociations,
    HoldsConnections,
    KnowsAssociations,
    ListsPeople,
    PeoplePage,
    Provider,
)
from idp.eligibility.verdict import AssociationFacts, Eligible, Purpose, Refusal, Verdict
from idp.entropy import Entropy
from idp.errors import SettingsError, Unavailable
from idp.store import Store

DEADLINE_SECONDS = 2.0
"""What a plugin has for an answer, as a membership service has."""


@dataclass(frozen=True)
class PluginContext:
    """What a plugin is handed. Settings of its own it reads by itself, from the environment or a file."""

    public_url: str
    """`[server] public_url`."""
    url: str
    """`[eligibility] url`, which may be empty."""
    clock: Clock
    entropy: Entropy


class Factory(Protocol):
    """What an entry point names."""

    def __call__(self, context: PluginContext, /) -> Provider:
        """Return the provider. Called once in a process; asks nobody yet."""
        ...


def plugin_names() -> Sequence[str]:
    """Return the names of every plugin that is installed."""
    return sorted({point.name for point in entry_points(group=ENTRY_POINTS)})


def open_plugin(name: str, context: PluginContext, store: Store) -> "PluggedProvider":
    """Return the plugin with this name. Raises `SettingsError` where none is installed, or it can't be loaded."""
    points = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if len(points) != 1:
        found = f"installed twice: {', '.join(point.value for point in points)}" if points else "no such plugin"
        raise SettingsError(
            f"eligibility.provider = {name!r}: {found}; write {', '.join(('directory', 'http', *plugin_names()))}"
        )
    return PluggedProvider(name, _load(points[0])(context), store)


def _load(point: EntryPoint) -> Factory:
    try:
        return cast("Factory", point.load())
    except (ImportError, AttributeError) as fault:
        raise SettingsError(
            f"eligibility.provider = {point.name!r}: {point.value} can't be imported ({type(fault).__name__}); "
            "install the plugin anew"
        ) from fault


T = TypeVar("T")


class PluggedProvider:
    """A plugin, as far as the rest of the service sees it."""

    def __init__(self, name: str, plugin: Provider, store: Store) -> None:
        """`name` is that of the entry point."""
        self.name = name
        self._plugin = plugin
        self._store = store

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the plugin says that it can."""
        return self._plugin.capabilities

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Answer the question. Raises `Unavailable` for whatever else comes of it."""
        as_of = await self._store.read(current_change)
        verdict = await self._guarded(self._plugin.check(association, identifier, purpose))
        match verdict:
            case Eligible() if verdict.persons and all(person.id for person in verdict.persons):
                return replace(verdict, as_of=as_of)
            case Refusal():
                return verdict
        raise self._unavailable("answers with no verdict")

    async def association(self, text: str) -> AssociationFacts | None:
        """As the plugin answers. Raises `Unavailable`."""
        return await self._guarded(cast("KnowsAssociations", self._plugin).association(text))

    async def find(self, email: str) -> Sequence[AssociationFacts]:
        """As the plugin answers. Raises `Unavailable`."""
        return await self._guarded(cast("FindsAssociations", self._plugin).find(email))

    async def people(self, association: str, after: str = "", limit: int = 100) -> PeoplePage | None:
        """As the plugin answers. Raises `Unavailable`."""
        return await self._guarded(cast("ListsPeople", self._plugin).people(association, after, limit))

    async def close(self) -> None:
        """Let the plugin let go of its connections, if it keeps any."""
        if isinstance(self._plugin, HoldsConnections):
            await self._plugin.close()

    async def _guarded(self, answer: Awaitable[T]) -> T:
        try:
            with anyio.fail_after(DEADLINE_SECONDS):
                return await answer
        except Unavailable:
            raise
        except TimeoutError as late:
            raise self._unavailable("late") from late
        except Exception as fault:  # others' code may raise anything, and none of it may let somebody in
            raise self._unavailable(type(fault).__name__) from fault

    def _unavailable(self, why: str) -> Unavailable:
        return Unavailable(f"eligibility plugin {self.name}", why)
