"""The command `idp`: finds the module of a noun, turns expected failures into one line and an exit code."""

import importlib
from pathlib import Path

import click

from idp import __version__
from idp.cli.context import Operator
from idp.errors import CommandError, SettingsError, Unavailable

NOUNS = {
    "init": "Make config.toml, keys and an empty database.",
    "serve": "Serve the provider.",
    "worker": "Send mail and keep house, without serving.",
    "demo": "Serve the provider with a demonstration application and mailbox.",
    "doctor": "Look for what is wrong, with a remedy for each finding.",
    "migrate": "Bring the database to this version.",
    "association": "Associations, their codes and aliases.",
    "season": "The season's pointer of an association.",
    "members": "Import members, ban and unban them.",
    "account": "Accounts: why, ban, disable, send a link.",
    "client": "Applications.",
    "keys": "Signing keys.",
}


class Nouns(click.Group):
    """Loads a noun's module only when it is named, so that `idp --help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns, in the order of an operator's day."""
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the noun's command: `idp.cli.<noun>.group`."""
        if cmd_name not in NOUNS:
            return None
        command: click.Command = importlib.import_module(f"idp.cli.{cmd_name}").group
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the nouns without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what was to be expected ends in one line on standard error."""
        try:
            return super().invoke(ctx)
        except (SettingsError, CommandError) as refusal:
            click.echo(f"idp: {refusal}", err=True)
            ctx.exit(getattr(refusal, "exit_code", 1))
        except Unavailable as unavailable:
            click.echo(f"idp: {unavailable}", err=True)
            ctx.exit(75)  # EX_TEMPFAIL: a script may try again


@click.group(cls=Nouns)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="config.toml to read.")
@click.version_option(__version__, prog_name="idp")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """ClickAsso's identity provider.

    Example: idp init . && idp serve
    """
    ctx.obj = Operator(config)
