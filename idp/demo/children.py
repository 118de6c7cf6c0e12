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
    """A program to start, `arguments` as `idp.demo.leash` takes them; what it says goes to `log`, emptied first."""

    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path

    def last_words(self) -> str:
        """Return the last line that it said."""
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1].removeprefix("idp: ") if lines else "it said nothing"


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
    reading, writing = os.pipe()  # no child has the writing end: it closes with this process
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
    command = [sys.executable, "-m", "idp.demo.leash", str(reading), *part.arguments]
    with part.log.open("wb") as log:
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
