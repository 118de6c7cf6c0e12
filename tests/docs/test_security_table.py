"""`docs/security-tests.md` and `tests/security/` tell of the same tests: neither forgets a row or a file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBERS = [f"SEC-{number:02}" for number in range(1, 50)]


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[str, str]]:
    """State and test of each row."""
    lines = (ROOT / "docs" / "security-tests.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| SEC-")]
    assert len({row[0] for row in rows}) == len(rows), "a row stands twice"
    return {number: (state, test) for number, state, test in rows}


def files() -> dict[str, str]:
    """The test files and what is in them."""
    return {path.name: path.read_text("utf-8") for path in (ROOT / "tests" / "security").glob("test_sec_*.py")}


def test_every_row_has_a_state(table: dict[str, tuple[str, str]]) -> None:
    assert sorted(table) == NUMBERS
    assert [number for number, (state, _) in table.items() if not state] == []


def test_a_row_without_a_test_says_what_it_waits_for(table: dict[str, tuple[str, str]]) -> None:
    assert [number for number, (state, test) in table.items() if not test and not state.startswith("waits for")] == []


def test_every_file_that_the_table_names_is_there(table: dict[str, tuple[str, str]]) -> None:
    named = {name for _, test in table.values() for name in re.findall(r"test_sec_\w+\.py", test)}

    assert named - files().keys() == set()
    assert files().keys() - named == set()


def test_every_test_stands_in_the_row_of_its_number(table: dict[str, tuple[str, str]]) -> None:
    held = {
        (f"SEC-{number}", name) for name, text in files().items() for number in re.findall(r"def test_sec(\d\d)_", text)
    }

    assert [(number, name) for number, name in sorted(held) if name not in table[number][1]] == []


def test_every_row_with_a_test_has_one_of_its_number(table: dict[str, tuple[str, str]]) -> None:
    held = {f"SEC-{number}" for text in files().values() for number in re.findall(r"def test_sec(\d\d)_", text)}

    assert {number for number, (_, test) in table.items() if test} == held
