"""What may stand in a mail, whom it may go to, when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.mail.rules import button_colour, envelope_address, known_timezone, next_attempt, one_line, text_colour_on

PUT_AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Escrime Lyon", "Escrime Lyon"),
        ("Escrime\r\nBcc: tous@exemple.fr", "Escrime Bcc: tous@exemple.fr"),
        ("Escrime\u2028Lyon\u2029", "Escrime Lyon"),
        ("\u202enoyL\x00", "noyL"),
        ("\ud800Escrime", "Escrime"),
        ("  ", ""),
    ],
)
def test_sec32_a_name_is_one_harmless_line(typed: str, shown: str) -> None:
    assert one_line(typed) == shown


@pytest.mark.parametrize("typed", ["é" * 10_000, "é" + " " * 10_000, "é\n" * 5_000])
def test_sec32_a_long_name_is_cut_and_says_so(typed: str) -> None:
    cut = one_line(typed, 80)

    assert len(cut) <= 80
    assert cut.endswith("…")


@pytest.mark.parametrize(
    ("written", "envelope"),
    [
        ("nora@exemple.fr", "nora@exemple.fr"),
        ("Nora.O'Neil+club@Exemple.FR", "Nora.O'Neil+club@exemple.fr"),
        ("nora@établissement.fr", "nora@xn--tablissement-9db.fr"),
        ("nora@localhost", "nora@localhost"),
    ],
)
def test_an_address_is_written_as_smtp_takes_it(written: str, envelope: str) -> None:
    assert envelope_address(written) == envelope


@pytest.mark.parametrize(
    "written",
    [
        "nora",
        "@exemple.fr",
        "nora@",
        "nora@exemple.fr,tous@exemple.fr",
        "nora@exemple.fr tous@exemple.fr",
        "nora@exemple.fr\nBcc: tous@exemple.fr",
        "Nora <nora@exemple.fr>",
        '"nora tous"@exemple.fr',
        "nora..petit@exemple.fr",
        "nörä@exemple.fr",
        "a" * 65 + "@exemple.fr",
        "nora@exemple..fr",
        "nora@exemple.fr>",
    ],
)
def test_sec08_what_is_not_exactly_one_address_is_none(written: str) -> None:
    assert envelope_address(written) is None


def test_rel08_a_letter_is_tried_soon_then_more_and_more_rarely() -> None:
    waits = [next_attempt(PUT_AT, attempts, PUT_AT) for attempts in range(1, 10)]

    seconds = [(due - PUT_AT).total_seconds() for due in waits if due]
    assert seconds == [2, 5, 15, 60, 300, 900, 1800, 3600, 3600]


def test_rel08_the_last_try_is_at_the_24th_hour() -> None:
    late = PUT_AT + timedelta(hours=23, minutes=30)

    assert next_attempt(PUT_AT, 30, late) == PUT_AT + timedelta(hours=24)
    assert next_attempt(PUT_AT, 31, PUT_AT + timedelta(hours=24)) is None


@pytest.mark.parametrize("colour", ["red", "#12345", "#123456;background:url(x)", "", "#GGGGGG"])
def test_what_is_no_colour_is_replaced_by_ours(colour: str) -> None:
    assert button_colour(colour) == "#1f4fa3"


@pytest.mark.parametrize(
    ("colour", "text"), [("#1f4fa3", "#ffffff"), ("#ffe14d", "#1b1d22"), ("#000000", "#ffffff"), ("#ffffff", "#1b1d22")]
)
def test_the_text_of_a_button_is_readable_on_any_colour(colour: str, text: str) -> None:
    assert text_colour_on(colour) == text


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Europe", "\0"])
def test_what_is_no_timezone_is_paris(name: str) -> None:
    assert known_timezone(name) == "Europe/Paris"


def test_the_timezone_of_an_association_is_kept() -> None:
    assert known_timezone("Indian/Reunion") == "Indian/Reunion"
