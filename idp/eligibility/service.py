"""The eligibility hook as the rest of the service sees it: one question, whoever answers."""

from collections.abc import Sequence
from typing import cast

import anyio

from idp.eligibility.provider import (
    Capability,
    FindsAssociations,
    HoldsConnections,
    KnowsAssociations,
    ListsPeople,
    NotOffered,
    PeoplePage,
    Provider,
    SparesItsService,
)
from idp.eligibility.verdict import AssociationFacts, Purpose, Verdict


class Eligibility:
    """Asks the provider that the settings name."""

    def __init__(self, provider: Provider) -> None:
        """`provider` is the directory, the membership service, or a plugin."""
        self._provider = provider

    @property
    def provider_name(self) -> str:
        """`directory`, `http`, or the plugin's name."""
        return self._provider.name

    @property
    def is_spared(self) -> bool:
        """Whether the provider's service gives no answers and is not asked now: for whoever watches (REL-14)."""
        return isinstance(self._provider, SparesItsService) and self._provider.is_spared

    def offers(self, capability: Capability) -> bool:
        """Tell whether the provider can do more than answer the question."""
        return capability in self._provider.capabilities

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Ask who may enter with this association and identifier, as typed or as the last verdict named them.

        Raises `Unavailable` when there is no answer: nobody new gets in.
        """
        return await self._provider.check(association.strip(), identifier.strip(), purpose)

    def check_blocking(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """As `check`, for commands and threads without an event loop."""

        async def ask() -> Verdict:
            try:
                return await self.check(association, identifier, purpose)
            finally:
                await self.close()  # its connections belong to this one event loop

        return anyio.run(ask)

    async def close(self) -> None:
        """Let go of the connections that the provider keeps for the running event loop."""
        if isinstance(self._provider, HoldsConnections):
            await self._provider.close()

    async def association(self, text: str) -> AssociationFacts | None:
        """Return the association with this code or alias. Raises `Unavailable`, `NotOffered`."""
        return await cast("KnowsAssociations", self._offering(Capability.ASSOCIATIONS)).association(text)

    async def find(self, email: str) -> Sequence[AssociationFacts]:
        """Return the associations that this email may enter. Raises `Unavailable`, `NotOffered`."""
        return await cast("FindsAssociations", self._offering(Capability.FIND)).find(email)

    async def people(self, association: str, after: str = "", limit: int = 100) -> PeoplePage | None:
        """Return a page of an association's persons. Raises `Unavailable`, `NotOffered`."""
        return await cast("ListsPeople", self._offering(Capability.PEOPLE)).people(association, after, limit)

    def _offering(self, capability: Capability) -> Provider:
        if not self.offers(capability):
            raise NotOffered(f"{self.provider_name}: {capability}")
        return self._provider
