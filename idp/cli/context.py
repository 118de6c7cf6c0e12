"""What every command shares: the settings, the services, and how a result is printed."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # a command that only prints its help opens nothing
    from idp.ports import Ports
    from idp.services import Services
    from idp.settings import Settings

JsonResult = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Operator:
    """Whoever runs the command: opens settings and services when a command first needs them."""

    def __init__(self, config: Path | None, ports: "Ports | None" = None) -> None:
        """`config` is what `--config` said."""
        self._config = config
        self._ports = ports

    @cached_property
    def settings(self) -> "Settings":
        """Raises `SettingsError`."""
        from idp.settings_sources import load_settings

        return load_settings(self._config)

    @cached_property
    def services(self) -> "Services":
        """Raises `SettingsError`, `Unavailable`."""
        import structlog

        from idp.services import open_services, system_ports

        # Standard output is the result's alone; looked up at each line, as it may be somebody else's by then.
        structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))
        services = open_services(self.settings, self._ports or system_ports(self.settings))
        click.get_current_context().find_root().call_on_close(services.close)
        return services


pass_operator = click.make_pass_decorator(Operator)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, alone.")


def print_result(result: JsonResult, text: str, *, as_json: bool) -> None:
    """Print the object alone, or the text for people."""
    click.echo(json.dumps(result, ensure_ascii=False, indent=2, default=str) if as_json else text)
