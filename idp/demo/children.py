"""The processes of the demonstration: started on a leash, watched, ended together within five seconds."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

PATIENCE_SECONDS = 3.0
"""How long a part may take to end after TERM; then it is killed."""


@dataclass(frozen=True)
class Part:
    """A program to start: `kind` and `path` as `idp.demo.leash` takes them; what it says goes to `log`."""

    name: str
    kind: str
    path: Path
    environ: Mapping[str, str]
    log: Path


@dataclass(frozen=True)
class Child:
    """A part that was started."""

    part: Part
    process: Process

    @property
    def has_ended(self) -> bool:
        """Whether it ended already."""
        return self.process.returncode is not None


@asynccontextmanager
async def started(*parts: Part) -> AsyncIterator[list[Child]]:
    """Start the parts; end them when the block does, or when this process dies."""
    ours, theirs = os.pipe()
    # The reading end is the children's; ours, which closes with this process, is the writing one.
    reading, writing = ours, theirs
    children: list[Child] = []
    try:
        for part in parts:
            children.append(await _start(part, reading))  # noqa: PERF401 -- those started must be known if one fails
        os.close(reading)
        reading = -1
        yield children
    finally:
        with anyio.CancelScope(shield=True):
            await _end(children)
        if reading >= 0:
            os.close(reading)
        os.close(writing)


async def first_ended(children: list[Child]) -> Child:
    """Wait until one of them ends by itself, and return it."""
    ended: list[Child] = []
    async with anyio.create_task_group() as tasks:

        async def wait(child: Child) -> None:
            await child.process.wait()
            ended.append(child)
            tasks.cancel_scope.cancel()

        for child in children:
            tasks.start_soon(wait, child)
    return ended[0]


async def _start(part: Part, reading: int) -> Child:
    command = [sys.executable, "-m", "idp.demo.leash", str(reading), part.kind, str(part.path)]
    with part.log.open("ab") as log:
        process = await anyio.open_process(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=part.environ,
            pass_fds=(reading,),
            start_new_session=True,  # Ctrl-C reaches this process alone, which ends the others in good order
        )
    return Child(part, process)


async def _end(children: list[Child]) -> None:
    for child in children:
        _signal(child, signal.SIGTERM)
    with anyio.move_on_after(PATIENCE_SECONDS):
        for child in children:
            await child.process.wait()
    for child in children:
        _signal(child, signal.SIGKILL)
        await child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    if not child.has_ended:
        with suppress(ProcessLookupError):
            child.process.send_signal(number)
