"""Holds the project's own tools to their word: the lock, the floors, the house rules, the Makefile.

Each house rule has one line that must be found and one, close to it, that must not.
"""

import re
import subprocess
import tomllib
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from packaging.utils import canonicalize_name

from tests.plugins import required_tools
from tools import audit, floors, house_rules

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
HASH = "sha256:" + "0" * 64
TODAY = date(2026, 11, 24)


def rules_broken_by(source: str, path: str = "idp/login/service.py") -> set[str]:
    return {finding.rule for finding in house_rules.check_python(Path(path), source)}


def template_rules_broken_by(source: str) -> set[str]:
    return {finding.rule for finding in house_rules.check_template(Path("idp/templates/login.html"), source)}


# The lock


def test_the_lock_keeps_the_floors_and_the_bans() -> None:
    settings = PROJECT["tool"]["clickasso-idp"]

    wrong = floors.check(LOCK, settings["floors"], settings["banned"])

    assert wrong == []


def test_the_lock_names_every_direct_dependency() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = (group for name, group in PROJECT["dependency-groups"].items() if name != "dev")
    direct = {
        canonicalize_name(re.split(r"[\[<>=;~! ]", line)[0])
        for lines in (PROJECT["project"]["dependencies"], *extras, *groups)
        for line in lines
    }

    missing = direct - floors.pins(LOCK).keys()

    assert missing == set()


def test_every_direct_dependency_has_its_row_in_the_documentation() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["demo"]]
    lines += [line for name in ("test", "lint", "build") for line in PROJECT["dependency-groups"][name]]
    direct = {re.split(r"[<>=;~! ]", line)[0] for line in lines}

    undocumented = {name for name in direct if f"| `{name}` |" not in text}

    assert undocumented == set()


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        pytest.param(f"authlib==1.8.2 \\\n    --hash={HASH}\n", "authlib 1.8.2 is locked", id="below its floor"),
        pytest.param(f"click==8.3 \\\n    --hash={HASH}\n", "authlib is not locked", id="not there"),
        pytest.param(f"python-jose==3.5 \\\n    --hash={HASH}\n", "python-jose is banned", id="banned"),
        pytest.param(
            f"Python.Jose==3.5 \\\n    --hash={HASH}\n", "python-jose is banned", id="banned, spelt otherwise"
        ),
        pytest.param("authlib==1.9.9\n", "authlib has no hash", id="without a hash"),
        pytest.param("--index-url x\n", "an address stands in the lock", id="an index"),
        pytest.param("a @ https" + "://example.org/a.whl\n", "an address stands in the lock", id="an address"),
    ],
)
def test_a_bad_lock_is_refused(lock: str, said: str) -> None:
    wrong = floors.check(lock, {"authlib": "1.9.0"}, {"python-jose": "flawed"})

    assert any(sentence.startswith(said) for sentence in wrong)


def test_a_version_with_a_platform_of_its_own_is_held_to_the_floor_too() -> None:
    lock = f"h11==0.16.0 \\\n    --hash={HASH}\nh11==0.14 ; python_version < '3.12' \\\n    --hash={HASH}\n"

    wrong = floors.check(lock, {"h11": "0.16"}, {})

    assert wrong == ["h11 0.14 is locked, 0.16 or newer is demanded"]


# The advisories


def flawed_report() -> dict[str, Any]:
    flaw = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.1"]}
    return {
        "dependencies": [{"name": "sound", "version": "1", "vulns": []}, {"name": "a", "version": "2", "vulns": [flaw]}]
    }


def test_a_known_flaw_blocks() -> None:
    found = audit.findings(flawed_report(), {}, TODAY)

    assert found == ["a 2: PYSEC-2026-1, fixed in 2.1"]


def test_a_waiver_holds_under_any_name_of_the_flaw() -> None:
    waivers = {"CVE-2026-1": {"until": date(2026, 12, 31), "reason": "that call is not used"}}

    found = audit.findings(flawed_report(), waivers, TODAY)

    assert found == []


def test_a_waiver_past_its_date_blocks_again() -> None:
    waivers = {"CVE-2026-1": {"until": date(2026, 11, 23), "reason": "that call is not used"}}

    found = audit.findings(flawed_report(), waivers, TODAY)

    assert len(found) == 1


def test_the_waivers_in_force_have_not_expired() -> None:
    waivers: dict[str, dict[str, Any]] = PROJECT["tool"]["clickasso-idp"]["waivers"]

    expired = [name for name, waiver in waivers.items() if waiver["until"] < datetime.now(UTC).date()]

    assert expired == []


# The house rules


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("request-url", "path = request.url.path"),
        ("request-url", "path = self.request.url"),
        ("request-url", "home = request.base_url"),
        ("request-url", "address = request.url_for('login')"),
        ("request-url", "address = router.url_path_for('login')"),
        ("from-string", "page = environment.from_string(text)"),
        ("banned-import", "import random"),
        ("banned-import", "from random import choice"),
        ("banned-import", "from jose import jwt"),
        ("banned-import", "from authlib.jose import jwt"),
        ("banned-import", "import authlib.integrations.starlette_client"),
        ("banned-import", "from authlib import jose"),
        ("sql-text", "rows = text(f'SELECT * FROM {table}')"),
        ("sql-text", "rows = sa.text('SELECT * FROM ' + table)"),
        ("sql-text", "rows = text('SELECT * FROM %s' % table)"),
        ("sql-text", "rows = connection.exec_driver_sql('SELECT {}'.format(column))"),
        ("secret-comparison", "known = stored.client_secret == given"),
        ("secret-comparison", "known = digest != expected_digest"),
        ("secret-comparison", "known = form.csrf_token == cookie_token"),
        ("wall-clock", "at = datetime.now(UTC)"),
        ("wall-clock", "at = datetime.datetime.utcnow()"),
        ("wall-clock", "at = time.time()"),
        ("wall-clock", "day = date.today()"),
        ("own-entropy", "import secrets"),
        ("own-entropy", "from secrets import token_urlsafe"),
        ("own-entropy", "salt = os.urandom(16)"),
        ("own-entropy", "name = uuid.uuid4()"),
        ("own-entropy", "from uuid import uuid4"),
        ("insecure-transport", "os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'"),
        ("insecure-transport", "os.environ.setdefault('AUTHLIB_INSECURE_TRANSPORT', '1')"),
        ("insecure-transport", "os.environ.update(AUTHLIB_INSECURE_TRANSPORT='1')"),
        ("insecure-transport", "os.environ.update({'AUTHLIB_INSECURE_TRANSPORT': '1'})"),
        ("reason", "import os  # noqa: F401"),
        ("reason", "import os  # noqa"),
        ("reason", "at: int = now()  # type: ignore[assignment]"),
    ],
)
def test_a_line_that_breaks_a_house_rule_is_found(rule: str, line: str) -> None:
    assert rules_broken_by(line) == {rule}


@pytest.mark.parametrize(
    "line",
    [
        "path = request.scope['path']",
        "home = settings.server.base_url",
        "answer = client.post(hook.url)",
        "page = environment.get_template('login.html')",
        "from authlib.oauth2.rfc6749 import AuthorizationServer",
        "from randomness import choice",
        "rows = text('SELECT 1')",
        "row = select(codes).where(codes.c.code_hash == bindparam('code_hash'))",
        "row = select(ResetLink).where(ResetLink.token_hash == token_hash)",
        "empty = password == ''",
        "same = grant.token_type == wanted.token_type",
        "at = clock.now()",
        "started = time.monotonic()",
        "from idp.store.secrets import SecretMint",
        "unsafe = 'AUTHLIB_INSECURE_TRANSPORT' in os.environ",
        "import os  # noqa: F401 plugins look it up here",
        "at: int = now()  # type: ignore[assignment]  # the stub is wrong",
        "at = datetime.now(UTC)  # house: wall-clock a certificate's own clock",
    ],
)
def test_a_line_that_only_looks_like_it_is_left_alone(line: str) -> None:
    assert rules_broken_by(line) == set()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("idp/clock.py", "at = datetime.now(UTC)"),
        ("idp/entropy.py", "import secrets"),
        ("idp/demo/client.py", "from authlib.integrations.starlette_client import OAuth"),
        ("idp/login/store.py", "row = links.token_hash == token_hash"),
    ],
)
def test_the_place_that_a_rule_names_may_do_it(path: str, line: str) -> None:
    assert rules_broken_by(line, path) == set()


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("template-safe", "{{ name|safe }}"),
        ("template-safe", "{{ name | safe }}"),
        ("template-xmlattr", "<p{{ attributes|xmlattr }}>"),
        ("template-autoescape", "{% autoescape false %}"),
        ("template-url", "<a href='{{ url_for('login') }}'>"),
        ("template-url", "<form action='{{ request.url }}'>"),
        ("template-handler", "<a onclick='go()'>"),
        ("template-handler", '<a href="javascript:go()">'),
        ("template-style", "<p style='color: red'>"),
    ],
)
def test_a_template_that_breaks_a_house_rule_is_found(rule: str, line: str) -> None:
    assert template_rules_broken_by(line) == {rule}


def test_a_plain_template_is_left_alone() -> None:
    assert template_rules_broken_by('<a href="/password/forgot">{{ safe_name }}</a>') == set()


def test_a_file_of_401_lines_is_too_long() -> None:
    assert rules_broken_by("x = 1\n" * 400) == set()
    assert rules_broken_by("x = 1\n" * 401) == {"size"}


def test_a_function_of_61_lines_is_too_long() -> None:
    assert rules_broken_by("def f() -> None:\n" + "    x = 1\n" * 59) == set()
    assert rules_broken_by("async def f() -> None:\n" + "    x = 1\n" * 60) == {"size"}


# The commands


@pytest.mark.parametrize(
    "target", ["setup", "run", "test", "lint", "fmt", "bench", "audit", "lock", "catalogue", "help"]
)
def test_make_help_lists_the_command(target: str) -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert f"  make {target} " in listed.stdout


def test_make_setup_does_nothing_the_second_time() -> None:
    built_from = ["requirements.lock", "pyproject.toml", "tools/setup.py"]
    unchanged = [f"--old-file={name}" for name in built_from]

    done = subprocess.run(["make", "--question", *unchanged, ".venv/.setup-done"], cwd=ROOT, check=False)

    assert done.returncode == 0


def test_make_run_becomes_the_program_so_that_a_signal_ends_all() -> None:
    command = ["make", "--dry-run", "run", "PORT=9000"]

    dry = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "PORT=9000 exec .venv/bin/idp demo" in dry.stdout.splitlines()


def test_lint_is_run_by_ci_before_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")

    assert script.index("make lint") < script.index("make test")


def test_every_marker_of_a_tool_is_declared() -> None:
    declared = {line.split(":")[0] for line in PROJECT["tool"]["pytest"]["markers"]}

    assert required_tools.TOOLS.keys() <= declared


def test_a_missing_tool_is_named_with_the_line_to_type() -> None:
    tools = {"chromium": required_tools.Tool(("no-such-browser",), "chromium")}

    said = required_tools.missing({"chromium", "slow"}, tools)

    assert said == ["chromium is missing. Type: apt-get install chromium"]


def test_a_tool_that_is_here_is_not_named() -> None:
    tools = {"node": required_tools.Tool(("no-such-program", "sh"), "nodejs")}

    said = required_tools.missing({"node"}, tools)

    assert said == []


# The translations


def test_each_compiled_catalogue_is_its_source_compiled() -> None:
    sources = sorted((ROOT / "idp" / "locales").glob("*/LC_MESSAGES/*.po"))

    stale = [source.name for source in sources if compiled(source) != source.with_suffix(".mo").read_bytes()]

    assert stale == []


def compiled(source: Path) -> bytes:
    made = BytesIO()
    with source.open("rb") as catalogue:
        write_mo(made, read_po(catalogue, locale=source.parent.parent.name))
    return made.getvalue()
