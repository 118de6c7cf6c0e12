"""A demonstration that serves, and the folder that a first run left behind."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.demo.running import PATIENCE_SECONDS, Running, start, wait_for
from tests.demo.visitor import Visitor

Start = Callable[..., Running]


@dataclass(frozen=True)
class FirstRun:
    """A demonstration that `make` ran once, in which nothing happened, and that TERM to `make` alone has ended."""

    folder: Path
    port: int
    processes: int
    seconds_to_end: float


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    running = start(tmp_path_factory.mktemp("demo") / "first", with_make=True)
    running.wait_until_it_serves()
    family = running.family()
    running.process.send_signal(signal.SIGTERM)
    seconds = wait_for(lambda: running.has_ended(family))
    running.process.wait(PATIENCE_SECONDS)
    return FirstRun(running.folder, running.addresses.port, len(family), seconds)


@pytest.fixture(scope="session")
def demonstration(first_run: FirstRun) -> Iterator[Running]:
    """A second run on what the first one left, elsewhere; it serves while the tests go by."""
    running = start(Path(shutil.copytree(first_run.folder, first_run.folder.parent / "serving")))
    running.wait_until_it_serves()
    yield running
    running.end()


@pytest.fixture
def begin(first_run: FirstRun, tmp_path: Path) -> Iterator[Start]:
    """Start another run on what the first one left; what still runs at the end is ended."""
    started: list[Running] = []
    folder = Path(shutil.copytree(first_run.folder, tmp_path / "demo"))

    def begin_one(*, with_make: bool = False, environ: Mapping[str, str] | None = None) -> Running:
        started.append(start(folder, with_make=with_make, environ=environ))
        return started[-1]

    yield begin_one
    for running in started:
        if running.process.poll() is None:
            running.end()


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as browser:
        yield browser
