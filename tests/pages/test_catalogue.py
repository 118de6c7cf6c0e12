"""The English catalogue is whole, settled and compiled."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from tests.pages.conftest import Show
from tests.pages.samples import SAMPLES, Sample

FOLDER = Path("idp/locales/en/LC_MESSAGES")


@pytest.fixture(scope="session")
def catalogue() -> Catalog:
    return read_po(BytesIO((FOLDER / "messages.po").read_bytes()))


def test_every_sentence_of_the_templates_is_translated_and_no_other(catalogue: Catalog) -> None:
    options = {"trimmed": "true", "silent": "false"}
    found = extract_from_dir("idp/templates", [("**.*", "jinja2")], {"**.*": options})

    sentences = {as_texts(message) for _, _, message, _, _ in found}

    assert {as_texts(message.id) for message in catalogue if message.id} == sentences


def test_nothing_is_untranslated_or_fuzzy(catalogue: Catalog) -> None:
    messages = [message for message in catalogue if message.id]

    assert [message.id for message in messages if message.fuzzy or not all(as_texts(message.string))] == []
    assert list(catalogue.obsolete) == []


def test_a_translation_names_the_same_values(catalogue: Catalog) -> None:
    assert [str(error) for _, errors in catalogue.check() for error in errors] == []


def test_the_compiled_catalogue_is_of_today(catalogue: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)

    wanted = texts_of(read_mo(compiled))
    shipped = texts_of(read_mo(BytesIO((FOLDER / "messages.mo").read_bytes())))

    assert shipped == wanted


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_page_renders_in_english(show: Show, sample: Sample) -> None:
    response = show(sample, "lang=en")

    assert b'<html lang="en">' in response.body
    assert b'lang="fr" hreflang="fr">Fran\xc3\xa7ais</a>' in response.body
    assert response.headers["content-language"] == "en"


def texts_of(catalogue: Catalog) -> dict[tuple[object, ...], tuple[object, ...]]:
    return {as_texts(message.id): as_texts(message.string) for message in catalogue if message.id}


def as_texts(string: object) -> tuple[object, ...]:
    return tuple(string) if isinstance(string, list | tuple) else (string,)
