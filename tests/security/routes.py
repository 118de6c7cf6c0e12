"""The route table of the application, for rows that hold at every address: a new route without a verdict fails them."""

from collections.abc import Iterable, Mapping

from idp.app import ROUTES

HTTPS_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
METHODS = frozenset({"GET", "POST"})

EVERY = tuple(sorted({(method, route.path) for route in ROUTES for method in (route.methods or set()) & METHODS}))
"""Every (method, path) that is served; HEAD goes where GET goes."""


def served(method: str) -> frozenset[str]:
    """Return the paths that take a method."""
    return frozenset(path for taken, path in EVERY if taken == method)


def address_of(path: str, association: str = "MonAssociation") -> str:
    """Return an address that leads to a route."""
    return path.replace("{association}", association)


def without_verdict(table: Mapping[str, object] | Iterable[str], method: str) -> frozenset[str]:
    """Return the paths that a table of a method forgets, or names although they are gone."""
    return frozenset(served(method) ^ frozenset(table))
