"""Requests per second of the protocol's hot paths: `python -m bench.token`.

One `idp serve` on one core, a closed loop of 16 connections on the other, durable SQLite, windows after a warm-up, the
median told. Wall figures drift with the neighbours; the server's own CPU time per request drifts much less. Compare
within one run.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import orjson
import uvloop

from bench.families import Families

SERVER_CORE, CLIENT_CORE = 0, 1
PATHS = ("discovery", "jwks", "refresh", "userinfo")


@dataclass
class Connection:
    """One connection that always has one request under way."""

    port: int
    next_request: Callable[[bytes], bytes]
    answered: int = 0
    faults: int = 0
    seconds: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Ask and be answered, until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = b""
        while True:
            begun = time.perf_counter()
            writer.write(self.next_request(body))
            head = await reader.readuntil(b"\r\n\r\n")
            lowered = head.lower()
            at = lowered.index(b"content-length:") + 15
            body = await reader.readexactly(int(lowered[at : lowered.index(b"\r\n", at)]))
            self.seconds.append(time.perf_counter() - begun)
            self.answered += 1
            self.faults += not head.startswith(b"HTTP/1.1 200")


def getting(port: int, path: str, bearer: str = "") -> Callable[[bytes], bytes]:
    """Requests for one address."""
    authorization = f"Authorization: Bearer {bearer}\r\n" if bearer else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{authorization}\r\n".encode()
    return lambda _body: request


def refreshing(port: int, families: Families, refresh_token: str) -> Callable[[bytes], bytes]:
    """Requests that each use the refresh token of the answer before."""
    head = f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head += f"Authorization: Basic {families.basic}\r\n"
    token = refresh_token

    def request(body: bytes) -> bytes:
        nonlocal token
        if body:
            token = orjson.loads(body).get("refresh_token", token)
        form = urlencode({"grant_type": "refresh_token", "refresh_token": token})
        return f"{head}Content-Length: {len(form)}\r\n\r\n{form}".encode()

    return request


def requests_for(port: int, path: str, families: Families, number: int) -> Callable[[bytes], bytes]:
    """The requests of one connection."""
    refresh_token, access_token = families.tokens[number]
    match path:
        case "refresh":
            return refreshing(port, families, refresh_token)
        case "userinfo":
            return getting(port, "/userinfo", access_token)
        case "jwks":
            return getting(port, "/jwks")
        case _:
            return getting(port, "/.well-known/openid-configuration")


@contextmanager
def serving(folder: Path, port: int) -> Iterator[int]:
    """`idp serve` on one core; gives its process id."""
    pinned = ["taskset", "-c", str(SERVER_CORE)] if (os.cpu_count() or 1) > 1 else []
    command = [*pinned, sys.executable, "-m", "idp", "--config", str(folder / "config.toml"), "serve"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield server.pid
        finally:
            server.send_signal(signal.SIGTERM)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(name: str, connections: list[Connection], pid: int, windows: int, seconds: float) -> str:
    """Run the closed loop; return the line of the table."""
    tasks = [asyncio.ensure_future(connection.run()) for connection in connections]
    await asyncio.sleep(seconds / 2)
    rates, costs, times = [], [], list[float]()
    for _ in range(windows):
        before, used, begun = sum(each.answered for each in connections), cpu_seconds(pid), time.perf_counter()
        for each in connections:
            each.seconds.clear()
        await asyncio.sleep(seconds)
        answered = sum(each.answered for each in connections) - before
        rates.append(answered / (time.perf_counter() - begun))
        costs.append((cpu_seconds(pid) - used) / max(answered, 1) * 1e6)
        times += [moment for each in connections for moment in each.seconds]
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    faults = sum(each.faults for each in connections)
    faults += sum(not isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    times.sort()
    p99 = times[int(len(times) * 0.99)] * 1e3 if times else 0
    rate, cost = statistics.median(rates), statistics.median(costs)
    return f"{name:<12}{rate:>12.0f}{cost:>14.0f}{1e6 / max(cost, 1):>14.0f}{p99:>10.1f}{faults:>8}"


async def run(options: argparse.Namespace, families: Families, pid: int) -> None:
    """Measure what was asked for."""
    print(f"{'path':<12}{'requests/s':>12}{'CPU µs each':>14}{'1/CPU per s':>14}{'p99 ms':>10}{'faults':>8}")
    for name in options.paths or PATHS:
        requests = [requests_for(options.port, name, families, number) for number in range(options.connections)]
        connections = [Connection(options.port, request) for request in requests]
        print(await measure(name, connections, pid, options.windows, options.seconds), flush=True)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="PATH", help=", ".join(PATHS))
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--port", type=int, default=8470)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        families = Families.prepare(Path(folder), options.port, options.connections)
        with serving(Path(folder), options.port) as pid:
            if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
                os.sched_setaffinity(0, {CLIENT_CORE})
            uvloop.run(run(options, families, pid))


if __name__ == "__main__":
    main()
