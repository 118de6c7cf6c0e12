"""`idp demo`: provider, application and mailbox on this machine, to try everything in five minutes."""

from pathlib import Path

import click

FOLDER = Path(__file__).parents[2] / "var" / "demo"


@click.command()
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65_535), default=8400, help="The first of four ports.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=FOLDER,
    help="Where keys, database and mails are kept.",
)
def group(port: int, folder: Path) -> None:
    """Serve the provider with an application and a mailbox to try it with, and clubs full of made-up members.

    The provider listens on --port (8400, or PORT), the application on the next, the mailbox on the one after,
    operations nine above. Never for real members: one password is known to everybody.

    Example: PORT=9000 idp demo
    """
    from idp.demo.addresses import Addresses
    from idp.demo.folder import Folder
    from idp.demo.running import Demonstration

    Demonstration(Folder(folder), Addresses(port), click.echo).run()
