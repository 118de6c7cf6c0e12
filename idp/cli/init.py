"""`idp init`: an operator's first minute."""

from pathlib import Path

import click

from idp.cli.context import json_option, print_result
from idp.entropy import SystemEntropy
from idp.errors import CommandError

CONFIG = """# Every setting with its default: docs/settings.md, config.example.toml.
[server]
port = 8400
# public_url = "https://connexion.example.fr"  # what members see; unset: http://127.0.0.1 and the port

[database]
url = "sqlite:///idp.db"

[mail]
smtp_url = "smtp://127.0.0.1:25"
from = "ClickAsso <ne-pas-repondre@clickasso.fr>"
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@json_option
def group(folder: Path, *, as_json: bool) -> None:
    """Make config.toml, keys/ and an empty, migrated database in FOLDER; never overwrite one.

    Example: idp init .
    """
    from idp.settings_sources import load_settings
    from idp.store.keyfiles import NAMES, create_key_files
    from idp.store.migrate import upgrade

    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.toml"
    taken = [path for path in (config, folder / "idp.db", *(folder / "keys" / name for name in NAMES)) if path.exists()]
    if taken:
        raise CommandError(f"{taken[0]} exists, and nothing is ever overwritten; choose an empty folder")
    config.write_text(CONFIG, "utf-8")
    settings = load_settings(config)
    create_key_files(settings.keys.directory, SystemEntropy())
    upgrade(settings.database.url)
    made = {"config": str(config), "keys": str(settings.keys.directory)}
    print_result(made, f"Made {config}, {settings.keys.directory}/ and the database.", as_json=as_json)
