"""How the demonstration begins, moves and ends."""

import signal
from pathlib import Path

import pytest

from idp.demo.accounts import FIRST, PASSWORD
from tests.demo.conftest import FirstRun, Start
from tests.demo.running import PATIENCE_SECONDS, Running, start, wait_for
from tests.demo.visitor import Visitor

pytestmark = pytest.mark.slow

END_SECONDS = 5.0


def test_term_to_make_alone_ends_all(first_run: FirstRun) -> None:
    assert first_run.processes == 3
    assert first_run.seconds_to_end < END_SECONDS


def test_a_second_run_keeps_the_data_and_moves_every_address(
    first_run: FirstRun, demonstration: Running, visitor: Visitor
) -> None:
    assert demonstration.addresses.port != first_run.port

    visitor.open(f"{demonstration.addresses.provider}/Login/{FIRST.association}")
    visitor.send(identifier=FIRST.identifier, password=PASSWORD)

    assert visitor.address == f"{demonstration.addresses.application}/moi"
    assert f'"iss": "{demonstration.addresses.provider}"' in visitor.words


def test_nothing_outlives_a_make_that_was_killed(begin: Start) -> None:
    running = begin(with_make=True)
    running.wait_until_it_serves()
    family = running.family()

    running.end(signal.SIGKILL)

    wait_for(lambda: running.has_ended(family), END_SECONDS)


def test_nothing_outlives_a_demonstration_that_was_killed(begin: Start) -> None:
    running = begin()
    running.wait_until_it_serves()
    family = running.family()

    running.end(signal.SIGKILL)

    assert len(family) == 2
    wait_for(lambda: running.has_ended(family), END_SECONDS)


def test_a_busy_port_is_one_clear_line(demonstration: Running, tmp_path: Path) -> None:
    busy = demonstration.addresses.mailbox_port

    refused = start(tmp_path / "demo", port=busy)

    assert refused.process.wait(PATIENCE_SECONDS) == 1
    assert refused.said.startswith(f"idp: port {busy} on 127.0.0.1: Address already in use; ")
    assert refused.said.count("\n") == 1


def test_a_folder_has_one_demonstration_at_a_time(demonstration: Running) -> None:
    second = start(demonstration.folder)

    assert second.process.wait(PATIENCE_SECONDS) == 1
    assert second.said.startswith("idp: a demonstration runs in ")
    assert second.said.count("\n") == 1


def test_a_part_that_ends_says_why_in_one_line(begin: Start) -> None:
    refused = begin(environ={"IDP_SERVER__COLOUR": "green"})

    assert refused.process.wait(PATIENCE_SECONDS) == 1
    assert refused.said.startswith("idp: the provider has ended: IDP_SERVER__COLOUR: no such setting")
    assert refused.said.count("\n") == 1
