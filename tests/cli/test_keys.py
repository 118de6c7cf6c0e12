"""`idp keys`: what an operator sees and what a script can trust."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.cli.main import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Type a command in a folder where `idp init` has run."""

    def type_command(*words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(tmp_path / "config.toml"), *words])

    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    return type_command


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "next.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def printed(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    printed: list[dict[str, Any]] = json.loads(result.stdout)
    return printed


def test_a_fresh_service_has_an_active_key_of_each_algorithm(run: Run) -> None:
    keys = printed(run("keys", "list", "--json"))

    assert sorted((key["algorithm"], key["state"]) for key in keys) == [("ES256", "active"), ("RS256", "active")]


def test_a_rotation_publishes_and_a_second_one_waits(run: Run) -> None:
    first = printed(run("keys", "rotate", "--json"))
    second = printed(run("keys", "rotate", "--json"))

    assert [step["step"] for step in first] == ["published", "published"]
    assert [step["step"] for step in second] == ["waiting", "waiting"]
    assert [step["kid"] for step in second] == [step["kid"] for step in first]


def test_an_emergency_leaves_none_of_the_earlier_keys(run: Run) -> None:
    before = {key["kid"] for key in printed(run("keys", "list", "--json"))}

    steps = printed(run("keys", "rotate", "--emergency", "--json"))

    assert {kid for step in steps for kid in step["removed"]} == before
    assert "Everybody signs in anew" in run("keys", "rotate", "--emergency").stdout


def test_a_list_for_people_names_state_and_key(run: Run) -> None:
    lines = run("keys", "list").stdout.splitlines()

    assert [line.split()[:2] for line in lines] == [["ES256", "active"], ["RS256", "active"]]


def test_a_key_of_ones_own_is_published(run: Run, pem: Path) -> None:
    step = json.loads(run("keys", "import", str(pem), "--json").stdout)

    assert step["step"] == "published"
    assert step["kid"] in run("keys", "list").stdout


def test_a_key_is_brought_once(run: Run, pem: Path) -> None:
    run("keys", "import", str(pem))

    again = run("keys", "import", str(pem))

    assert again.exit_code == 1
    assert "already" in again.stderr


def test_what_is_no_key_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    refused = run("keys", "import", str(tmp_path / "config.toml"))

    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["list", "rotate", "import"])
def test_every_command_shows_an_example(run: Run, command: str) -> None:
    assert "Example: " in run("keys", command, "--help").stdout
