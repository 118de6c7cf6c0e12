"""What a page of the journey is about: the association, the application that waits, what was typed before.

Read anew at each request from its address, the browser's cookie and the pending request; the association that an
application named is bound: nothing in the address, the form or another tab changes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from idp.associations.rules import canonical_name
from idp.associations.store import PublicAssociation, find_association
from idp.login.addresses import blank_login_address, browser_link_address, code_address, forgot_address, login_address
from idp.login.carried import Carried
from idp.oauth.authorization import Waiting
from idp.services import Services
from idp.settings import Login
from idp.web.brand import Brand
from idp.web.browser import browser_of
from idp.web.forms import LENGTHS
from idp.web.security_headers import form_action_source


@dataclass(frozen=True)
class Scene:
    """One page's circumstances. `association` and `identifier` are what its fields show."""

    association: str
    identifier: str
    waiting: Waiting | None
    public: PublicAssociation | None
    carried: Carried
    homes: Sequence[str] = ()
    """Where applications begin a sign-in, of which one may be the way home."""

    @property
    def is_bound(self) -> bool:
        """Whether the application named the association: its field is read only, what is posted is ignored."""
        return self.waiting is not None and self.waiting.pending.association is not None

    @property
    def request_id(self) -> str | None:
        """The pending request, for the addresses of the next pages."""
        return self.waiting.pending.id if self.waiting else None

    @property
    def client_id(self) -> str:
        """The application to go home to: the one that waits, else the one that was carried."""
        return self.waiting.pending.client_id if self.waiting else self.carried.client_id

    def typed(self, association: str, identifier: str) -> "Scene":
        """Return the scene with what a form sent; a bound association stays."""
        return replace(self, association=self.association if self.is_bound else association, identifier=identifier)

    async def with_look(self, services: Services) -> "Scene":
        """Return the scene with the association's look and contact, after another one was typed."""
        shown = self.association
        public = await services.store.read(lambda tx: find_association(tx, shown)) if shown else None
        return replace(self, public=public)

    @property
    def ui_locales(self) -> str:
        """The languages that the application that waits wishes, best first."""
        return " ".join(self.waiting.request.ui_locales) if self.waiting else ""

    def is_discreet(self, login: Login) -> bool:
        """Whether « Mot de passe oublié » says neither yes nor no: the association's own choice, else the service's."""
        own = self.public.disclosure if self.public else None
        return (own or login.disclosure) == "discreet"

    def to_carry(self) -> Carried:
        """Return what the next page should know."""
        return Carried(self.association, self.identifier, self.client_id)

    def login_address(self, notice: str | None = None) -> str:
        """Return the authentication page with association and request kept (S20)."""
        return login_address(self.association, self.request_id, notice)

    def forgot_address(self) -> str:
        """Return the forgotten-password page with association and request kept (S15)."""
        return forgot_address(self.association, self.request_id)

    def code_address(self) -> str:
        """Return the code page with association and request kept."""
        return code_address(self.association, self.request_id)

    @property
    def brand(self) -> Brand:
        """The association's look."""
        return Brand(self.public.name) if self.public else Brand()

    def context(self) -> Mapping[str, Any]:
        """Return what the templates of the journey share."""
        return {
            "association": self.association,
            "association_bound": self.is_bound,
            "identifier": self.identifier,
            "application": self.waiting.request.client.name if self.waiting else "",
            "contact": (self.public.contact or "") if self.public else "",
            "forgot_address": self.forgot_address(),
            "back_address": self.login_address(),
            "code_address": self.code_address(),
            "browser_link_address": browser_link_address(self.association, self.request_id),
            "other_association_address": self._other_association_address(),
        }

    def _other_association_address(self) -> str:
        """Where another association can be named; nowhere when the application has named this one."""
        return "" if self.is_bound or self.public is None else blank_login_address(self.request_id)

    def page_options(self) -> dict[str, Any]:
        """Return what `Pages.render` needs besides: look, languages, where its forms may end."""
        goals = (self.waiting.request.redirect_uri, *self.homes) if self.waiting else self.homes
        sources = tuple(dict.fromkeys(form_action_source(goal) for goal in goals))
        return {"brand": self.brand, "form_action": sources, "ui_locales": self.ui_locales}


async def scene_of(request: Request, services: Services, association: str = "") -> Scene:
    """Return the scene of a request; `association` is what its path names.

    A request id that doesn't wait in this browser is as none, but the application it came from is still the way home.
    """
    carried = services.carrier.read(request)
    request_id = request.query_params.get("request", "")
    waiting = await services.authorization.waiting(request_id, browser_of(request).known_hash)
    if waiting is None and request_id:
        carried = replace(carried, client_id=await services.authorization.client_of(request_id) or carried.client_id)
    bound = waiting.pending.association if waiting else None
    in_query = request.query_params.get("association")
    named = bound if bound is not None else (association or in_query)
    shown = (carried.association if named is None else named)[: LENGTHS["association"]]
    hint = (waiting.request.login_hint or "") if waiting else ""
    was_typed_here = canonical_name(carried.association) == canonical_name(shown)
    identifier = (carried.identifier if was_typed_here else "") or hint
    homes = () if waiting else await services.way_home.places(carried.client_id)
    scene = Scene(shown, identifier[: LENGTHS["identifier"]], waiting, None, carried, homes)
    return await scene.with_look(services)
