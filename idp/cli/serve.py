"""`idp serve`: one process, or several that end when this one does."""

import click

from idp.cli.context import Operator, pass_operator


@click.command()
@pass_operator
def group(operator: Operator) -> None:
    """Serve the provider, its operations port, and (unless told otherwise) its background work.

    Example: idp serve
    """
    from idp.serving import serve

    serve(operator.settings)
