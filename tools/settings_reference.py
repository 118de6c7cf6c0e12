"""Writes docs/settings.md and config.example.toml from `idp.settings`, so that neither can drift from the code.

`--check` changes nothing and fails where a file differs from what would be written.
"""

import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from idp.settings import Settings

ROOT = Path(__file__).parent.parent
HEAD = """# Settings

Every setting of `config.toml`, with its default. `config.example.toml` has the same as a file to start from.

Sources, the later wins: the default, `config.toml` (`./config.toml`, or `--config FILE`, or `IDP_CONFIG`), the
environment variable in the last column, and the file that the same variable with `_FILE` at its end names (for
secrets). Lists are written `a,b` in the environment. Anything wrong or unknown stops the start with one line that names
key, value and remedy.

This page is written by `make reference`; a test compares it with the code.
"""


def sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """Give each section's name and class."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def toml_value(value: object) -> str:
    """Return a default as TOML writes it."""
    value = _plain(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "at least", "le": "at most"}
    found = [
        f"{words[name]} {limit}"
        for item in field.metadata
        for name in words
        if (limit := getattr(item, name, None)) is not None
    ]
    if get_origin(field.annotation) is Literal:
        found.append(" or ".join(f"`{choice}`" for choice in get_args(field.annotation)))
    return f" ({', '.join(found)})" if found else ""


def _text(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def reference() -> str:
    """Return docs/settings.md."""
    parts = [HEAD]
    for section, model in sections():
        parts.append(f"\n## `[{section}]`\n\n{_first_sentence(model)}\n")
        parts.append("| key | default | meaning | environment |\n| --- | --- | --- | --- |")
        for name, field in model.model_fields.items():
            key = field.alias or name
            variable = f"IDP_{section.upper()}__{key.upper()}"
            default = toml_value(field.get_default())
            parts.append(f"| `{key}` | `{default}` | {_text(field)}{_bounds(field)} | `{variable}` |")
    return "\n".join(parts) + "\n"


def _first_sentence(model: type[BaseModel]) -> str:
    said = " ".join((model.__doc__ or "").split())
    _, _, rest = said.partition("]`")
    return rest.lstrip(":. ").capitalize() if rest.strip(":. ") else ""


def example() -> str:
    """Return config.example.toml: every setting, its default, what it means."""
    lines = ["# Every setting with its default. Take away what you leave as it is; docs/settings.md says more.", ""]
    for section, model in sections():
        lines.append(f"[{section}]")
        for name, field in model.model_fields.items():
            lines += textwrap.wrap(
                f"{_text(field)}{_bounds(field)}".replace("`", ""), 118, initial_indent="# ", subsequent_indent="# "
            )
            lines.append(f"{field.alias or name} = {toml_value(field.get_default())}")
        lines.append("")
    text = "\n".join(lines)
    tomllib.loads(text)
    return text


def main() -> int:
    """Write both, or compare."""
    wanted = {ROOT / "docs" / "settings.md": reference(), ROOT / "config.example.toml": example()}
    if "--check" not in sys.argv:
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
        return 0
    stale = [path.name for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if stale:
        print(f"{', '.join(stale)}: not what the code says; run make reference")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
