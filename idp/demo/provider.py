"""The demonstration's provider: makes what is missing in the folder, then serves, in one process.

What an operator does by hand with `idp init` and the commands of the first minutes, but that a second run goes on where
the first one ended. config.toml is written anew each time, for its addresses follow PORT.
"""

import os
import sys

from idp.demo import clubs
from idp.demo.addresses import HOST, Addresses
from idp.demo.application import CLIENT_ID, register
from idp.demo.folder import Folder
from idp.entropy import SystemEntropy
from idp.errors import CommandError, SettingsError, Unavailable
from idp.services import Services, open_services, system_ports
from idp.serving import serve
from idp.settings import Settings
from idp.settings_sources import load_settings
from idp.store.keyfiles import NAMES, create_key_files
from idp.store.migrate import upgrade

CONFIG = """\
# Written anew at each run of the demonstration: your own settings go into the environment (IDP_SECTION__NAME).
# Commands work here too: idp --config {file} account why --association Escrime-Lyon marc@exemple.fr
[server]
public_url = "{addresses.provider}"
port = {addresses.port}
ops_port = {addresses.ops_port}
drain_seconds = 1

[database]
url = "sqlite:///idp.db"

[mail]
smtp_url = "smtp://{host}:{smtp_port}"
from = "ClickAsso <ne-pas-repondre@clickasso.exemple.fr>"

[login]
default_application = "{client_id}"
"""


def prepare_and_serve(folder: Folder, addresses: Addresses, smtp_port: int) -> None:
    """Serve until told to stop; where that can't be, end with one line on standard error and exit code 1."""
    try:
        settings = open_folder(folder, addresses, smtp_port)
        prepare(folder, addresses, settings)
        serve(settings)
    except (CommandError, SettingsError, Unavailable) as refusal:
        sys.exit(f"idp: {refusal}")


def open_folder(folder: Folder, addresses: Addresses, smtp_port: int) -> Settings:
    """Write the settings, make what is missing, bring the database to this version, and return the settings.

    Raises `SettingsError`, `Unavailable`.
    """
    written = CONFIG.format(
        file=folder.config, addresses=addresses, host=HOST, smtp_port=smtp_port, client_id=CLIENT_ID
    )
    folder.config.write_text(written, "utf-8")
    settings = load_settings(folder.config, os.environ)
    if not any((settings.keys.directory / name).exists() for name in NAMES):
        create_key_files(settings.keys.directory, SystemEntropy())
    upgrade(settings.database.url)
    return settings


def prepare(folder: Folder, addresses: Addresses, settings: Settings) -> None:
    """Fill the clubs at the first run; let the application's addresses follow PORT at each.

    Raises `CommandError`, `Unavailable`.
    """
    services = open_services(settings, system_ports(settings))
    try:
        kept = folder.client.read_text("utf-8") if folder.client.exists() else None
        if kept is None:
            _fill(folder, services)
        client = register(services.clients, addresses.application, kept)
        if client != kept:
            folder.write_privately(folder.client, client)  # last: a first run that is cut is done again
    finally:
        services.close()


def _fill(folder: Folder, services: Services) -> None:
    members = clubs.members_file(services.ports.clock.now().date())
    folder.members.write_text(members, "utf-8")
    clubs.fill(services, members)
