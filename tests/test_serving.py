"""Serving: several processes that end with their parent, a drain at TERM, a port for operations, a line for each fault
that stops the start.
"""

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from idp.workers import Workers
from tests.databases import PostgresqlServer
from tests.harness.installation import Installation, Server, is_answered

pytestmark = pytest.mark.slow

PROMPTLY = 20
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\ncsrf"


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where `idp init` has run."""
    installed = Installation(tmp_path_factory.mktemp("initialised"))
    installed.do("init", ".")
    return installed.folder


@pytest.fixture
def installation(tmp_path: Path, initialised: Path) -> Iterator[Installation]:
    """A copy of it; whatever it serves ends with the test."""
    installed = Installation(shutil.copytree(initialised, tmp_path / "installation"))
    yield installed
    installed.close()


@pytest.fixture
def on_postgresql(installation: Installation, postgresql_server: PostgresqlServer) -> Iterator[Installation]:
    """The same with two workers on PostgreSQL."""
    url = postgresql_server.new_url(empty=True)
    installation.environment |= {
        "IDP_DATABASE__URL": url.replace("postgresql+psycopg://", "postgresql://"),
        "IDP_SERVER__WORKERS": "2",
    }
    yield installation
    installation.close()
    postgresql_server.drop(url)


def pids_of(server: Server) -> list[int]:
    """Return every process that has begun to serve, the latest last."""
    return [line["pid"] for line in server.lines if line["event"] == "serving"]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pids: list[int]) -> list[int]:
    """Wait until these processes have ended. Returns those that are still there."""
    until = time.monotonic() + PROMPTLY
    while any(map(is_there, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return [pid for pid in pids if is_there(pid)]


def test_one_process_serves_two_ports_and_ctrl_c_ends_it_without_a_trace(installation: Installation) -> None:
    server = installation.serve()
    live = httpx.get(f"{installation.operations}/health/live")
    metrics = httpx.get(f"{installation.operations}/metrics").text
    in_public = [httpx.get(f"{installation.address}{path}").status_code for path in ("/health/live", "/metrics")]
    code = server.stop(signal.SIGINT)

    assert (live.status_code, live.text) == (200, "live\n")
    assert "idp_outbox_waiting 0" in metrics
    assert in_public == [404, 404]
    assert pids_of(server) == [server.process.pid], "no supervisor above one process"
    assert code == 0
    assert [line for line in server.log.read_text("utf-8").splitlines() if not line.startswith("{")] == []


def test_a_request_in_flight_is_answered_before_the_end(installation: Installation) -> None:
    server = installation.serve()
    with socket.create_connection(("127.0.0.1", installation.port)) as slow:
        slow.sendall(f"POST /logout HTTP/1.1\r\nHost: 127.0.0.1:{installation.port}\r\n".encode() + FORM)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        slow.sendall(b"_token=x")
        answer = slow.recv(4096)
    code = server.stop()

    assert answer.startswith(b"HTTP/1.1 403")
    assert code in {0, -signal.SIGTERM}


def test_a_busy_port_is_said_in_one_line(installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        refused = installation.run("serve")

    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if not line.startswith("{")]
    assert line == (
        f"idp: server.port = {installation.port}: Address already in use on 127.0.0.1; free it or choose another"
    )


def test_authlibs_switch_for_http_stops_the_start(installation: Installation) -> None:
    refused = installation.run("serve", AUTHLIB_INSECURE_TRANSPORT="1")

    assert refused.returncode == 1
    assert refused.stderr == "idp: AUTHLIB_INSECURE_TRANSPORT: unset it; http works on loopback without\n"


@pytest.mark.postgres
def test_two_workers_on_postgresql_share_port_and_browsers_and_end_at_term(on_postgresql: Installation) -> None:
    server = on_postgresql.serve()
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: _refused_sign_in(on_postgresql.address), range(12)))
    code = server.stop()

    assert len(pids_of(server)) == 2
    assert set(statuses) == {(200, 200)}, "a form of one worker is good at the other"
    assert code == 0
    assert wait_until_gone(pids_of(server)) == []


def _refused_sign_in(address: str) -> tuple[int, int]:
    """Get the page on one connection, and post its form on another."""
    page = httpx.get(f"{address}/")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = page.headers["set-cookie"].partition(";")[0]
    refused = httpx.post(f"{address}/", data={"csrf_token": token, "cancel": "1"}, headers={"cookie": cookie})
    return page.status_code, httpx.get(f"{address}{refused.headers['location']}").status_code


@pytest.mark.postgres
def test_a_worker_that_dies_is_started_again_and_all_end_when_their_parent_is_killed(
    on_postgresql: Installation,
) -> None:
    server = on_postgresql.serve()
    first, second = pids_of(server)
    os.kill(first, signal.SIGKILL)
    wait_until_gone([first])
    on_postgresql.wait_until(lambda: len(pids_of(server)) == 3)
    on_postgresql.wait_until_ready(server)
    were_there = [pid for pid in pids_of(server) if is_there(pid)]
    server.stop(signal.SIGKILL)

    assert were_there == [second, pids_of(server)[-1]]
    assert wait_until_gone(were_there) == []
    assert not is_answered(f"{on_postgresql.address}/jwks")


def test_two_workers_on_sqlite_work_and_warn(installation: Installation) -> None:
    server = installation.serve(IDP_SERVER__WORKERS="2")
    status = httpx.get(f"{installation.address}/").status_code
    code = server.stop()

    assert (status, code) == (200, 0)
    assert any("gain nothing on SQLite" in line["event"] for line in server.lines)


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.003, 0.01, 0.1])
def test_a_signal_at_any_moment_ends_every_worker(delay: float) -> None:
    parent = os.fork()
    if not parent:
        Workers(3, lambda _: signal.pause()).run()
        os._exit(0)
    watch = threading.Timer(PROMPTLY, os.kill, (parent, signal.SIGKILL))
    watch.start()
    time.sleep(delay)
    os.kill(parent, signal.SIGTERM)
    status = os.waitpid(parent, 0)[1]
    watch.cancel()

    assert status in {0, signal.SIGTERM}, "before it listens it simply dies; it never hangs"
