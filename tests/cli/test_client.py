"""`idp client`: every option that the design names is taken, checked and kept; secrets are printed once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli.main import main

Run = Callable[..., Result]
CALLBACK = "http://127.0.0.1:9000/callback"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Type a command in a folder where `idp init` has run."""

    def type_command(*words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(tmp_path / "config.toml"), "client", *words])

    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    return type_command


def printed(result: Result) -> Any:  # noqa: ANN401 -- a list or an object
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_the_first_minutes_end_with_an_id_and_a_secret(run: Run) -> None:
    told = printed(run("add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--json"))

    assert list(told)[:2] == ["client_id", "client_secret"]
    assert told["client_secret"].startswith("cs_")
    assert told["profile"] == "strict"
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code", "refresh_token"]
    assert told["scope"] == "openid email profile membership offline_access"
    assert told["third_party"] is False


def test_a_secret_is_not_shown_again(run: Run) -> None:
    told = printed(run("add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--json"))

    shown = run("show", told["client_id"], "--json")
    listed = run("list", "--json")

    assert told["client_secret"] not in shown.stdout + listed.stdout
    assert printed(listed) == [printed(shown)]


def test_each_option_is_kept(run: Run, tmp_path: Path) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text('{"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]}')
    words = f"""add --name Toutes --profile fapi2 --scope openid --scope club.read --redirect-uri {CALLBACK}
        --redirect-uri https://a.example/cb --post-logout-redirect-uri https://a.example/bye --third-party
        --backchannel-logout-uri https://a.example/out --initiate-login-uri https://a.example/in
        --only-association 75012 --only-association MonAssociation --default-for 75012 --grant authorization_code
        --grant refresh_token --grant client_credentials --grant device_code --grant token_exchange
        --resource https://api.example --resource https://api2.example --jwks {jwks} --refresh-grace 30 --json"""

    told = printed(run(*words.split()))

    assert "client_secret" not in told
    assert told["token_endpoint_auth_method"] == "private_key_jwt"
    assert told["scope"] == "openid club.read"
    assert told["redirect_uris"] == [CALLBACK, "https://a.example/cb"]
    assert told["only_associations"] == ["75012", "MonAssociation"]
    assert told["grant_types"][-1] == "urn:ietf:params:oauth:grant-type:token-exchange"
    assert told["resources"] == ["https://api.example", "https://api2.example"]
    assert told["jwks"]["keys"][0]["kty"] == "EC"
    assert (told["refresh_grace"], told["third_party"]) == (30, True)


def test_a_public_client_has_no_secret(run: Run) -> None:
    told = printed(run("add", "--name", "Mobile", "--public", "--redirect-uri", "fr.club.app:/cb", "--json"))

    assert "client_secret" not in told
    assert told["token_endpoint_auth_method"] == "none"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--redirect-uri http://evil.example/cb", "http is for loopback hosts; write https"),
        ("", "redirect_uris: one at least"),
        ("--redirect-uri https://a.example/cb --public --auth-method client_secret_post", "--public"),
        ("--redirect-uri https://a.example/cb --profile fapi2 --auth-method client_secret_post", "private_key_jwt"),
        ("--redirect-uri https://a.example/cb --public --refresh-grace 3", "refresh_grace"),
        ("--redirect-uri https://a.example/cb --jwks-uri http://a.example/jwks", "jwks_uri"),
    ],
)
def test_what_may_not_be_is_one_line_that_names_the_option(run: Run, words: str, said: str) -> None:
    assert said in refused(run("add", "--name", "Boutique", *words.split()))


def test_an_edit_changes_what_is_said_and_nothing_else(run: Run) -> None:
    added = printed(
        run("add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--resource", "https://a.example", "--json")
    )

    edited = printed(
        run("edit", added["client_id"], "--redirect-uri", "https://b.example/cb", "--resource", "", "--json")
    )

    assert edited["redirect_uris"] == ["https://b.example/cb"]
    assert "resources" not in edited
    assert "client_secret" not in edited
    assert edited["client_name"] == "Boutique"


def test_a_rotated_secret_is_a_new_one(run: Run) -> None:
    added = printed(run("add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--json"))

    rotated = printed(run("rotate-secret", added["client_id"], "--json"))

    assert rotated["client_secret"] != added["client_secret"]


def test_a_removed_client_is_gone(run: Run) -> None:
    added = printed(run("add", "--name", "Boutique", "--redirect-uri", CALLBACK, "--json"))

    assert printed(run("remove", added["client_id"], "--json")) == {"client_id": added["client_id"], "removed": True}
    assert printed(run("list", "--json")) == []


@pytest.mark.parametrize("words", ["show nobody", "remove nobody", "rotate-secret nobody", "edit nobody --name x"])
def test_an_unknown_client_is_said(run: Run, words: str) -> None:
    assert "nobody" in refused(run(*words.split()))


@pytest.mark.parametrize("command", ["add", "edit", "show", "list", "remove", "rotate-secret"])
def test_each_command_has_an_example(run: Run, command: str) -> None:
    shown = run(command, "--help")

    assert shown.exit_code == 0
    assert "Example: idp client" in shown.output
