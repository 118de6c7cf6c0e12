"""Reads the settings: defaults, `config.toml`, environment, files; the later wins.

`IDP_SECTION__NAME` sets a key; `IDP_SECTION__NAME_FILE` names a file that holds it (for secrets). What is wrong or
unknown stops the start with one line naming key, value and remedy.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource
from sqlalchemy.engine import make_url

from idp.errors import SettingsError
from idp.settings import PREFIX, Settings

CONFIG_VARIABLE = "IDP_CONFIG"


class _FileSource(PydanticBaseSettingsSource):
    """Reads `IDP_SECTION__NAME_FILE`: the setting is what the file says, less its last line end."""

    def __init__(self, settings_class: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_class)
        self._environ = environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked by field: `__call__` gives all at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, file in self._environ.items():
            if not _names_a_file(name):
                continue
            section, key = _section_and_key(name.removesuffix("_FILE"))
            try:
                value = Path(file).read_text("utf-8").rstrip("\n")
            except OSError as fault:
                raise SettingsError(f"{name} = {file}: {fault.strerror}; name a file that can be read") from None
            found.setdefault(section, {})[key] = value
        return found


def _known_keys() -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for section, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            known[section] = {key.alias or name for name, key in model.model_fields.items()}
    return known


def _section_and_key(name: str) -> tuple[str, str]:
    """Return which setting a variable means; `IDP_SECTION__KEY` it must be."""
    section, key = name.removeprefix(PREFIX).lower().split("__", 1)
    return section, key


def _names_a_file(name: str) -> bool:
    """Tell whether a variable names a file that holds a setting; `IDP_TESTING__CA_FILE` is a setting itself."""
    if not (name.startswith(PREFIX) and name.endswith("_FILE") and "__" in name):
        return False
    section, key = _section_and_key(name)
    return key not in _known_keys().get(section, set())


def load_settings(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `config` (else `IDP_CONFIG`, else ./config.toml where there is one), then the environment.

    Relative paths in the result are absolute, taken from the file's folder. Raises `SettingsError`.
    """
    variables = os.environ if environ is None else environ
    path = config or (Path(variables[CONFIG_VARIABLE]) if variables.get(CONFIG_VARIABLE) else None)
    if path is None and Path("config.toml").exists():
        path = Path("config.toml")
    document = _read_toml(path) if path else {}
    _refuse_unknown_variables(variables)

    class Sources(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the base class's signature
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- as above
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- as above
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            environment = EnvSettingsSource(settings_cls)
            environment.env_vars = {name.lower(): value for name, value in variables.items() if not _names_a_file(name)}
            return _FileSource(settings_cls, variables), environment, init_settings

    try:
        settings = Sources(**document)
    except ValidationError as fault:
        raise SettingsError(_first_line(fault)) from None
    folder = path.resolve().parent if path else Path.cwd()
    return _with_absolute_paths(settings, folder)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise SettingsError(f"{path}: {fault.strerror}; `idp init .` makes one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path}: not TOML: {fault}") from None


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """Refuse what looks like a setting and is none; other programs' `IDP_…`, such as Kubernetes' `IDP_PORT`, do not."""
    known = _known_keys()
    for name in environ:
        if not name.startswith(PREFIX):
            continue
        if "__" in name:
            section, key = _section_and_key(name)
            if known.get(section, set()).isdisjoint({key, key.removesuffix("_file")}):
                raise SettingsError(f"{name}: no such setting; see docs/settings.md, or unset it")
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if not known.get(section, set()).isdisjoint({key, key.removesuffix("_file")}):
            meant = f"{PREFIX}{section}__{key}".upper()
            raise SettingsError(f"{name}: no such setting; write {meant}, with two _ after the section")


def _first_line(fault: ValidationError) -> str:
    """One line: key, value, remedy."""
    error = fault.errors()[0]
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: no such setting; see docs/settings.md, or take it away"
    message, value = error["msg"].removeprefix("Value error, "), error.get("input")
    if isinstance(value, (dict, BaseModel)):  # a rule of the whole section, or of all: its message begins with the key
        name, _, message = message.partition(": ")
        key = f"{key}.{name}" if key else name
        value = value.get(name) if isinstance(value, dict) else None
    return f"{key}{_shown(value)}: {message}"


def _shown(value: object) -> str:
    """Return the value for the line; one that is not written, or may hold a password, is left out."""
    if value is None or isinstance(value, dict):
        return ""
    return "" if "@" in str(value) or "password" in str(value) else f" = {value!r}"


def _with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    keys = settings.keys.model_copy(update={"directory": folder / settings.keys.directory})
    url = make_url(settings.database.url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_absolute():
        url = url.set(database=str(folder / url.database))
    database = settings.database.model_copy(update={"url": url.render_as_string(hide_password=False)})
    return settings.model_copy(update={"keys": keys, "database": database})
