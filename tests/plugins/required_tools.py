"""Skips a test whose marker names a tool that this machine lacks, with the line to type to have it.

In CI (`CI=true`) nothing is skipped for that: a missing tool is an error, so that a green run has run everything.
`tests/conftest.py` loads this module through `pytest_plugins`.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Tool:
    """A program that no wheel brings: the names it may have, and the Debian packages to install."""

    names: tuple[str, ...]
    packages: str

    def path(self) -> str | None:
        """Return where the program is, or nothing."""
        places = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
        return next(filter(None, (shutil.which(name, path=places) for name in self.names)), None)


TOOLS = {
    "apache": Tool(("apache2", "httpd"), "apache2 libapache2-mod-auth-openidc"),
    "chromium": Tool(("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "nginx": Tool(("nginx",), "nginx"),
    "node": Tool(("node", "nodejs"), "nodejs npm"),
}


def missing(markers: set[str], tools: Mapping[str, Tool] = TOOLS) -> list[str]:
    """Return what to say of each tool that is named and not here."""
    wanted = [(name, tools[name]) for name in sorted(markers & tools.keys())]
    return [f"{name} is missing. Type: apt-get install {tool.packages}" for name, tool in wanted if not tool.path()]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the test, or fail it in CI, before its fixtures start anything."""
    said = missing({marker.name for marker in item.iter_markers()})
    if not said:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI installs every tool. {' '.join(said)}", pytrace=False)
    pytest.skip(" ".join(said))
