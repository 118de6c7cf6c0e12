"""Plugins: found by their entry point, held to two seconds, and unable to let anybody in by a fault."""

import contextlib
import importlib
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.eligibility.epochs import raise_epoch
from idp.eligibility.plugins import PluggedProvider, PluginContext, open_plugin, plugin_names
from idp.eligibility.provider import Capability
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose, Reason, Refusal
from idp.errors import SettingsError, Unavailable
from idp.store import Store
from idp.store.opening import open_store
from tests.databases import SqliteFiles
from tests.fakes import FixedClock, SeededEntropy

EXAMPLE = Path(__file__).parents[2] / "examples" / "eligibility_plugin"
ENTRY_POINT = "[clickasso_idp.eligibility]\n{name} = {value}\n"
CONTEXT = PluginContext("https://connexion.clickasso.fr", "", FixedClock(), SeededEntropy())


@dataclass
class Shelf:
    """A folder on the import path, where packages are installed for one test."""

    folder: Path

    def put(self, name: str, code: str, *, module: str = "plugin_of_a_test", value: str = "") -> None:
        """Install a package by hand: a module, and the metadata that an installer would write."""
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), "utf-8")
        metadata = self.folder / f"{module}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n", "utf-8")
        point = ENTRY_POINT.format(name=name, value=value or f"{module}:create")
        (metadata / "entry_points.txt").write_text(point, "utf-8")
        importlib.invalidate_caches()

    def install(self, source: Path) -> None:
        """Install a package as an operator does."""
        options = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(self.folder), str(source)]
        subprocess.run(command, check=True, timeout=110)
        importlib.invalidate_caches()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    folder = tmp_path / "packages"
    folder.mkdir()
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    yield Shelf(folder)
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        module = sys.modules[name]
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_files: SqliteFiles) -> Iterator[Store]:
    with contextlib.closing(open_store(sqlite_files.new_url(tmp_path))) as store:
        yield store


def provider(check: str, sqlite: Store, shelf: Shelf) -> PluggedProvider:
    """A plugin whose `check` does this."""
    body = textwrap.indent(textwrap.dedent(check), " " * 8)
    code = f"import anyio\nclass P:\n    capabilities = frozenset()\n    async def check(self, *_):\n{body}\n"
    shelf.put("of-a-test", f"{code}\ndef create(context):\n    return P()\n")
    return open_plugin("of-a-test", CONTEXT, sqlite)


@pytest.mark.slow
async def test_the_example_plugin_is_installed_and_decides(shelf: Shelf, sqlite: Store, tmp_path: Path) -> None:
    shelf.install(Path(shutil.copytree(EXAMPLE, tmp_path / "source")))
    (tmp_path / "one-club.csv").write_text("id,email,given_name,family_name\nP1,hugo@exemple.fr,Hugo,Martin\n")
    names = plugin_names()
    with contextlib.chdir(tmp_path):
        eligibility = Eligibility(open_plugin("one-club", CONTEXT, sqlite))
        hugo = await eligibility.check("club", "Hugo@exemple.fr", Purpose.LOGIN)
        nora = await eligibility.check("club", "nora@exemple.fr", Purpose.LOGIN)

    assert "one-club" in names
    assert isinstance(hugo, Eligible)
    assert [person.id for person in hugo.persons] == ["P1"]
    assert nora == Refusal(Reason.UNKNOWN_IDENTIFIER)
    assert not eligibility.offers(Capability.PEOPLE)


async def test_what_a_plugin_answers_carries_the_change_number_of_before(shelf: Shelf, sqlite: Store) -> None:
    plugin = provider(
        """
        from idp.eligibility.verdict import *
        person = PersonFacts("P1", PersonKind.MEMBER, "Hugo", "Martin")
        club, season = AssociationFacts("a", "A", None, "A"), SeasonFacts("s", "2026")
        return Eligible(club, season, (person,), "hugo@exemple.fr", as_of=999)
        """.replace("import *", "import PersonFacts, PersonKind, AssociationFacts, SeasonFacts, Eligible"),
        sqlite,
        shelf,
    )
    number = sqlite.write_blocking(lambda tx: raise_epoch(tx, "a"))

    verdict = await plugin.check("A", "hugo@exemple.fr", Purpose.LOGIN)

    assert isinstance(verdict, Eligible)
    assert verdict.as_of == number


@pytest.mark.parametrize(
    "check",
    [
        "raise RuntimeError('hugo@exemple.fr')",
        "return True",
        "return None",
        "return {'eligible': True}",
        "await anyio.sleep(30)",
        "from idp.eligibility.verdict import Eligible; return Eligible(None, None, (), None)",
    ],
    ids=["a fault", "true", "nothing", "a dictionary", "30 seconds", "nobody"],
)
async def test_whatever_is_no_verdict_is_no_answer(shelf: Shelf, sqlite: Store, check: str) -> None:
    plugin = provider(check, sqlite, shelf)

    with pytest.raises(Unavailable) as caught:
        await plugin.check("A", "hugo@exemple.fr", Purpose.LOGIN)

    assert caught.value.part == "eligibility plugin of-a-test"
    assert "hugo" not in str(caught.value)


def test_a_plugin_that_nobody_installed_stops_the_start(sqlite: Store) -> None:
    with pytest.raises(SettingsError, match=r"eligibility.provider = 'nowhere': no such plugin; write directory, http"):
        open_plugin("nowhere", CONTEXT, sqlite)


def test_a_plugin_that_cannot_be_imported_stops_the_start(shelf: Shelf, sqlite: Store) -> None:
    shelf.put("broken", "import a_module_that_nobody_has\n")

    with pytest.raises(SettingsError, match="can't be imported"):
        open_plugin("broken", CONTEXT, sqlite)


def test_two_plugins_of_one_name_stop_the_start(shelf: Shelf, sqlite: Store) -> None:
    shelf.put("twin", "", module="first_twin")
    shelf.put("twin", "", module="second_twin")

    with pytest.raises(SettingsError, match="installed twice"):
        open_plugin("twin", CONTEXT, sqlite)
