"""An association shapes its pages by name and colour alone (SEC-33)."""

import pytest

from idp.web.brand import DEFAULT_COLOUR, Brand, contrast


@pytest.mark.parametrize(
    "colour",
    ["#fff", "red", "#12345g", "#123456;}body{display:none", "url(https://pirate.exemple)", "", "#1234567", "{{7*7}}"],
)
def test_what_is_no_colour_leaves_the_default(colour: str) -> None:
    assert Brand("Club", colour).club == DEFAULT_COLOUR


@pytest.mark.parametrize(
    "colour", ["#000000", "#ffffff", "#ffd23f", "#0b6b53", "#777777", "#757575", "#ff0000", "#808000"]
)
def test_text_on_any_colour_can_be_read(colour: str) -> None:
    brand = Brand("Club", colour)

    assert contrast(brand.on_club, brand.club) >= 4.5


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Escrime Lyon", "EL"),
        ("Judo Club des Monts d’Or", "JC"),
        ("Les Amis de l’Orgue", "AO"),
        ("É", "É"),
        ("", "CA"),
        ("<b>x", "BX"),
        ("«»", "·"),
    ],
)
def test_the_crest_shows_two_telling_letters(name: str, initials: str) -> None:
    assert Brand(name).initials == initials


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21
