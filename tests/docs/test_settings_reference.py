"""docs/settings.md and config.example.toml say what the code says."""

import tomllib
from pathlib import Path

from idp.settings import Settings
from idp.settings_sources import load_settings
from tools.settings_reference import example, reference, sections

ROOT = Path(__file__).parent.parent.parent


def test_the_settings_page_is_the_one_that_the_code_gives() -> None:
    assert (ROOT / "docs/settings.md").read_text("utf-8") == reference()


def test_the_example_is_the_one_that_the_code_gives() -> None:
    assert (ROOT / "config.example.toml").read_text("utf-8") == example()


def test_the_example_has_every_setting() -> None:
    document = tomllib.loads((ROOT / "config.example.toml").read_text("utf-8"))

    wanted = {name: {field.alias or key for key, field in model.model_fields.items()} for name, model in sections()}
    assert {name: set(values) for name, values in document.items()} == wanted


def test_the_example_sets_the_defaults() -> None:
    settings = load_settings(ROOT / "config.example.toml", {})

    assert settings.model_dump(exclude={"keys", "database"}) == Settings().model_dump(exclude={"keys", "database"})
