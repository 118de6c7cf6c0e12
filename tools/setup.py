#!/usr/bin/env python3
"""Builds `.venv/` from the lock: the one thing `make setup` does.

Runs on the bare Python, before anything is installed, so it uses the standard library alone. A build that was
interrupted is started afresh; two at once wait for each other. It installs nothing that `requirements.lock` does not
name with its hash, the project itself aside.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".setup-done"
UNFINISHED = ROOT / ".venv.unfinished"
OLDEST = (3, 11)


def main() -> int:
    """Bring `.venv/` to what the lock says, and say what to type where that cannot be done."""
    if sys.version_info < OLDEST:
        print(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}. "
            "Type: make setup PYTHON=python3.11",
            file=sys.stderr,
        )
        return 1
    with (ROOT / ".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if is_done():
            return 0
        try:
            build()
        except subprocess.CalledProcessError as failure:
            print(f"Set-up stopped: {failure.cmd[0]} ended with {failure.returncode}. Run it again.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("Set-up interrupted; the next run starts it afresh.", file=sys.stderr)
            return 130
    return 0


def wanted() -> dict[str, str]:
    """Return what the finished environment must have been built from."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    project = (ROOT / "pyproject.toml").read_bytes()
    return {
        "lock": f"{version} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}",
        "project": f"{ROOT} {hashlib.sha256(project).hexdigest()}",
    }


def built() -> dict[str, str]:
    """Return what the environment on disk was built from, or nothing if it was never finished."""
    if UNFINISHED.exists() or not STAMP.exists():
        return {}
    return dict(line.split(" ", 1) for line in STAMP.read_text().splitlines())


def is_done() -> bool:
    """Tell whether another run finished the work while this one waited; the stamp's time is renewed."""
    if built() != wanted():
        return False
    STAMP.touch()
    return True


def build() -> None:
    """Install the lock, then the project in place; the stamp comes last."""
    target, before = wanted(), built()
    if before.get("lock") != target["lock"]:
        same_python = before.get("lock", "").split(" ")[0] == target["lock"].split(" ")[0]
        UNFINISHED.touch()
        if not same_python:
            shutil.rmtree(VENV, ignore_errors=True)
            print("Setting up .venv: about a minute the first time.", flush=True)
            create()
        install_lock()
    uv("pip", "install", "--offline", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    UNFINISHED.unlink(missing_ok=True)
    STAMP.write_text("".join(f"{key} {value}\n" for key, value in target.items()))


def create() -> None:
    """Make the empty environment; Debian keeps a part of `venv` in a package of its own."""
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        print("Python lacks ensurepip. On Debian and Ubuntu type: apt-get install python3-venv", file=sys.stderr)
        raise


def install_lock() -> None:
    """Install with uv, itself from the lock; with pip where uv has no wheel or does not reach the registry."""
    pin = re.search(r"^uv==\S+(?: \\\n +--hash=\S+)+", LOCK.read_text(), re.MULTILINE)
    if pin is None:
        sys.exit("requirements.lock does not pin uv. Type: make lock")
    only_uv = VENV / "uv.txt"
    only_uv.write_text(pin.group() + "\n")
    pip("--no-deps", "--require-hashes", "--requirement", str(only_uv))
    try:
        uv("pip", "sync", "--require-hashes", str(LOCK))
    except subprocess.CalledProcessError:
        print("uv could not install the lock; pip does it, more slowly.", file=sys.stderr)
        pip("--require-hashes", "--requirement", str(LOCK))


def pip(*arguments: str) -> None:
    """Run the environment's pip."""
    python = str(VENV / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def uv(*arguments: str) -> None:
    """Run the environment's uv on that environment, whatever else is active."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy")}
    subprocess.run([str(VENV / "bin" / "uv"), "--quiet", "--no-config", *arguments], check=True, env=environment)


if __name__ == "__main__":
    sys.exit(main())
