"""A demonstration that serves, and the folder that a first run left behind."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.demo.running import Running, start
from tests.demo.visitor import Visitor

Start = Callable[..., Running]


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that ran once, in which nothing happened."""
    folder = tmp_path_factory.mktemp("demo") / "first"
    running = start(folder)
    running.wait_until_it_serves()
    running.end()
    return folder


@pytest.fixture(scope="session")
def demonstration(first_run: Path) -> Iterator[Running]:
    """A demonstration that serves while the tests go by."""
    running = start(Path(shutil.copytree(first_run, first_run.parent / "serving")))
    running.wait_until_it_serves()
    yield running
    running.end()


@pytest.fixture
def begin(first_run: Path, tmp_path: Path) -> Iterator[Start]:
    """Start another run on what the first one left; what still runs at the end is ended."""
    started: list[Running] = []
    folder = Path(shutil.copytree(first_run, tmp_path / "demo"))

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
