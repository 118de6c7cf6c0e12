"""Start to first answer, and memory at rest: `python -m bench.start`."""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.families import Families
from bench.token import SERVER_CORE


def resident_mib(pid: int) -> float:
    """Memory of a process that is in RAM, in MiB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if "VmRSS" in line)
    return int(line.split()[1]) / 1024


def once(folder: Path, port: int) -> tuple[float, float]:
    """Start a service; return seconds to the first answer and MiB a second later."""
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "idp", "--config", str(folder / "config.toml")]
    begun = time.perf_counter()
    with subprocess.Popen([*command, "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/jwks").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.005)
        took = time.perf_counter() - begun
        time.sleep(1)
        memory = resident_mib(server.pid)
        server.send_signal(signal.SIGTERM)
    return took, memory


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--port", type=int, default=8472)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Families.prepare(Path(folder), options.port, 1)
        found = [once(Path(folder), options.port) for _ in range(options.turns)]
    print(f"start to first answer, s   {statistics.median(took for took, _ in found):8.2f}")
    print(f"memory at rest, MiB        {statistics.median(memory for _, memory in found):8.0f}")
    print(f"one core of                {os.cpu_count():8d}")


if __name__ == "__main__":
    main()
