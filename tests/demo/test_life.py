"""How the demonstration begins, moves and ends."""

import signal
from pathlib import Path

import pytest

from idp.demo.accounts import FIRST, PASSWORD
from tests.demo.conftest import Start
from tests.demo.running import PATIENCE_SECONDS, Running, is_alive, is_free, start, wait_for
from tests.demo.visitor import Visitor

pytestmark = pytest.mark.slow

END_SECONDS = 5.0


def assert_all_end(running: Running, family: set[int]) -> None:
    """Within the time that the contract allows no process is left, and no port is held."""
    ports = [running.addresses.port + step for step in (0, 1, 2, 9)]
    wait_for(lambda: not any(map(is_alive, family)) and all(map(is_free, ports)), END_SECONDS)


def test_a_second_run_keeps_the_data_and_moves_every_address(begin: Start, visitor: Visitor) -> None:
    moved = begin()
    moved.wait_until_it_serves()

    visitor.open(f"{moved.addresses.provider}/Login/{FIRST.association}")
    visitor.send(identifier=FIRST.identifier, password=PASSWORD)

    assert visitor.address == f"{moved.addresses.application}/moi"
    assert f'"iss": "{moved.addresses.provider}"' in visitor.words


def test_term_to_make_alone_ends_all(begin: Start) -> None:
    running = begin(with_make=True)
    running.wait_until_it_serves()
    family = running.family()

    running.process.send_signal(signal.SIGTERM)

    assert len(family) == 3
    assert_all_end(running, family)


def test_nothing_outlives_a_make_that_was_killed(begin: Start) -> None:
    running = begin(with_make=True)
    running.wait_until_it_serves()
    family = running.family()

    running.end(signal.SIGKILL)

    assert_all_end(running, family)


def test_nothing_outlives_a_demonstration_that_was_killed(begin: Start) -> None:
    running = begin()
    running.wait_until_it_serves()
    family = running.family()

    running.end(signal.SIGKILL)

    assert len(family) == 2
    assert_all_end(running, family)


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
