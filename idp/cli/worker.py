"""`idp worker`: the background work alone, for machines where `serve` runs with `[server] background = false`."""

import signal

import click

from idp.cli.context import Operator, pass_operator


@click.command()
@pass_operator
def group(operator: Operator) -> None:
    """Send mail and keep house until told to stop (Ctrl-C, TERM).

    Example: idp worker
    """
    import anyio

    from idp.background import work
    from idp.logs import set_up_logs

    async def run() -> None:
        stop = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work, operator.services, stop)
            with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
                async for _ in signals:
                    stop.set()
                    break

    set_up_logs()
    anyio.run(run)
