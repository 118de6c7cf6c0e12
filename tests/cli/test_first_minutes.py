"""An operator's first minutes, and the day's commands on associations, seasons, members and accounts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli.main import main

Run = Callable[..., Result]
HEADER = "association,season,external_id,given_name,family_name,birth_date,email,username,guardian_of,roles"
MEMBERS = f"""{HEADER}
75012,2026-2027,M1,Hugo,Martin,1990-05-17,hugo@exemple.fr,hugom,,bureau
75012,2026-2027,C1,Lina,Petit,2016-05-09,,,,
75012,2026-2027,C2,Tom,Petit,2014-05-09,nora@exemple.fr,,,
75012,,P1,Nora,Petit,1988-03-02,nora@exemple.fr,,C1;C2,
"""
IN_THE_CLUB = ("--association", "monassociation")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Type a command in an empty folder where `idp init` has run."""

    def type_command(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--config", str(tmp_path / "config.toml"), *words], input=typed)

    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    return type_command


@pytest.fixture
def club(run: Run, tmp_path: Path) -> Run:
    """Type a command where a club has its season and its members."""
    file = tmp_path / "members.csv"
    file.write_text(MEMBERS, "utf-8")
    printed(run("association", "add", "--code", "75012", "--alias", "MonAssociation", "--name", "Mon club", "--json"))
    printed(run("season", "start", *IN_THE_CLUB, "--label", "2026-2027", "--ends-on", "2027-08-31", "--json"))
    printed(run("members", "import", str(file), "--json"))
    return run


def printed(result: Result, exit_code: int = 0) -> Any:  # noqa: ANN401 -- a list or an object
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_an_association_is_added_edited_and_listed(run: Run) -> None:
    added = printed(run("association", "add", "--code", "75012", "--alias", "Un", "--alias", "Deux", "--json"))
    edited = printed(
        run("association", "edit", "--association", "un", "--alias", "Trois", "--contact", "06 00", "--json")
    )
    listed = printed(run("association", "list", "--json"))

    assert (added["code"], added["alias"], added["name"], added["aliases"]) == ("75012", "Un", "75012", ["Deux", "Un"])
    assert (edited["alias"], edited["retired"], edited["contact"]) == ("Trois", ["Deux", "Un"], "06 00")
    assert [one["id"] for one in listed] == [added["id"]]
    assert "75012" in run("association", "list").stdout


def test_what_an_association_can_not_be_is_refused_in_one_line(run: Run) -> None:
    run("association", "add", "--code", "75012", "--alias", "Un")

    assert "--timezone" in refused(run("association", "add", "--code", "2", "--timezone", "Paris"))
    assert "75012" in refused(run("association", "add", "--code", "UN"))
    assert "idp association list" in refused(run("association", "edit", "--association", "x", "--name", "y"))
    assert run("association", "add", "--code", "2", "--disclosure", "loud").exit_code == 2


def test_a_season_is_started_once_and_listed(run: Run) -> None:
    run("association", "add", "--code", "75012")
    start = ("season", "start", "--association", "75012", "--label", "2026-2027", "--json")

    assert [printed(run(*start))["changed"], printed(run(*start))["changed"]] == [True, False]
    (season,) = printed(run("season", "list", "--association", "75012", "--json"))
    assert (season["label"], season["current"], season["ends_on"]) == ("2026-2027", True, None)
    assert "no association" in refused(run("season", "start", "--association", "x", "--label", "y"))
    assert run("season", "start", "--association", "75012", "--label", "y", "--ends-on", "demain").exit_code == 2


def test_an_import_says_what_it_did(club: Run, tmp_path: Path) -> None:
    again = printed(club("members", "import", str(tmp_path / "members.csv"), "--json"))

    assert (again["imported"], again["rows"], again["added"], again["unchanged"], again["faults"]) == (
        True,
        4,
        0,
        4,
        [],
    )


def test_an_import_reads_standard_input(club: Run) -> None:
    line = f"{HEADER}\n75012,2026-2027,M2,Léa,Roy,,lea@exemple.fr,,,\n"

    assert printed(club("members", "import", "-", "--json", typed=line))["added"] == 1


def test_a_faulty_file_is_told_line_by_line_and_nothing_is_imported(club: Run) -> None:
    lines = (
        f"{HEADER}\n75012,2026-2027,M2,Léa,Roy,hier,lea@exemple.fr,,,\n75012,2026-2027,M3,Max,Roy,,max@exemple.fr,,,\n"
    )

    shown = club("members", "import", "-", typed=lines)
    told = printed(club("members", "import", "-", "--json", typed=lines), exit_code=1)

    assert shown.exit_code == 1
    assert "line 2: birth_date: 'hier'" in shown.stdout
    assert (told["imported"], told["faults"][0]["line"], told["faults"][0]["column"]) == (False, 2, "birth_date")
    assert "no person" in refused(club("members", "show", *IN_THE_CLUB, "--external-id", "M3"))
    assert printed(club("members", "import", "-", "--skip-bad", "--json", typed=lines))["added"] == 1


def test_a_member_is_shown_banned_and_freed(club: Run) -> None:
    whom = (*IN_THE_CLUB, "--external-id", "C2")

    before = printed(club("members", "show", *whom, "--json"))
    banned = printed(club("members", "ban", *whom, "--reason", "essai", "--json"))
    between = printed(club("members", "show", *whom, "--json"))
    freed = printed(club("members", "unban", *whom, "--json"))

    assert (before["standing"], before["guardians"], before["seasons"]) == ("member", ["P1"], ["2026-2027"])
    assert (banned["changed"], between["standing"], freed["changed"]) == (["C2"], "banned", ["C2"])


def test_the_ban_of_a_shared_address_lists_its_persons_and_exits_3(club: Run) -> None:
    shared = ("account", "ban", *IN_THE_CLUB, "nora@exemple.fr")

    told = printed(club(*shared, "--json"), exit_code=3)
    shown = club(*shared)

    assert (told["changed"], [one["id"] for one in told["persons"]]) == ([], ["C2", "P1"])
    assert (shown.exit_code, "Nora Petit" in shown.stdout) == (3, True)
    assert printed(club(*shared, "--all", "--json"))["changed"] == ["C2", "P1"]
    assert printed(club("account", "unban", *IN_THE_CLUB, "nora@exemple.fr", "--json"), exit_code=3)["changed"] == []
    assert printed(club("account", "unban", *IN_THE_CLUB, "--all", "nora@exemple.fr", "--json"))["changed"] == [
        "C2",
        "P1",
    ]


def test_why_says_the_cause_and_the_remedy(club: Run) -> None:
    ask = ("account", "why", *IN_THE_CLUB, "nora@exemple.fr", "--json")

    fine = printed(club(*ask))
    club("members", "ban", *IN_THE_CLUB, "--external-id", "P1")
    closed = printed(club(*ask))

    assert (fine["eligible"], fine["reason"]) == (True, "no_password")
    assert (closed["eligible"], closed["reason"], closed["cause"]) == (False, "banned", "mailbox_closed")
    assert "mineure" in closed["sentence"]
    assert closed["remedy"].startswith("Inscrivez")
    assert printed(club("account", "why", "--association", "x", "y", "--json"))["reason"] == "unknown_association"


def test_an_account_is_disabled_and_enabled(club: Run) -> None:
    whom = (*IN_THE_CLUB, "hugom", "--json")

    disabled = printed(club("account", "disable", *whom))
    why = printed(club("account", "why", *whom))
    again = printed(club("account", "disable", *whom))
    enabled = printed(club("account", "enable", *whom))

    assert (disabled["changed"], disabled["account"]) == (True, "hugo@exemple.fr")
    assert (why["eligible"], why["reason"]) == (False, "disabled")
    assert (again["changed"], enabled["changed"]) == (False, True)
    assert "nobody" in refused(club("account", "disable", *IN_THE_CLUB, "x@exemple.fr"))


@pytest.mark.parametrize(
    "command",
    [
        ("association", "add"),
        ("association", "edit"),
        ("association", "list"),
        ("season", "start"),
        ("season", "list"),
        ("members", "import"),
        ("members", "show"),
        ("members", "ban"),
        ("members", "unban"),
        ("account", "why"),
        ("account", "ban"),
        ("account", "unban"),
        ("account", "disable"),
        ("account", "enable"),
        ("migrate",),
    ],
)
def test_every_command_has_help_with_an_example(run: Run, command: tuple[str, ...]) -> None:
    shown = run(*command, "--help")

    assert shown.exit_code == 0
    assert f"Example: idp {' '.join(command)}" in shown.stdout


def test_what_is_missing_is_a_usage_error_and_never_a_prompt(run: Run) -> None:
    assert run("members", "ban", "--association", "75012").exit_code == 2
    assert run("account", "why", "hugo@exemple.fr").exit_code == 2
    assert run("members", "import", "missing.csv").exit_code == 2


def test_migrate_says_that_nothing_is_missing(run: Run) -> None:
    assert printed(run("migrate", "--check", "--json")) == {"applied": [], "pending": []}
    assert printed(run("migrate", "--json")) == {"applied": [], "pending": []}


@pytest.mark.parametrize(
    "words",
    [
        ("association", "add", "--code", "1"),
        ("season", "start", "--association", "1", "--label", "x"),
        ("members", "ban", "--association", "1", "--external-id", "x"),
        ("account", "ban", "--association", "1", "x@exemple.fr"),
    ],
)
def test_with_another_provider_the_directory_is_not_ours_to_change(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[eligibility]\nprovider = "http"\nurl = "http://127.0.0.1:1/"\n', "utf-8")

    assert "change them there" in refused(run(*words))
