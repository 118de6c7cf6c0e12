"""Whole sign-ins per second, as a share of what argon2id alone allows in the same run: `python -m bench.login`.

Sixteen people at a time, each from the application's request to the exchanged code: /authorize, the page, the form,
/token. One `idp serve` on one core, the people on the other. argon2id alone is measured on the server's core before and
after, by the engine that the service itself chooses.
"""

import argparse
import base64
import hashlib
import os
import re
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import httpx
import uvloop

from bench.families import CALLBACK, SCOPE, Families
from bench.token import CLIENT_CORE, SERVER_CORE, cpu_seconds, serving
from idp.accounts.argon2_engine import Costs, available_engines, cpu_seconds as argon2_seconds, fastest
from idp.accounts.passwords import PlainPassword
from idp.accounts.store import find_credential, set_password
from idp.associations.store import association_named
from idp.services import open_services, system_ports
from idp.settings import Passwords
from idp.settings_sources import load_settings
from idp.store import Transaction

PASSWORD = "trois chats sur un mur bleu"  # noqa: S105 -- of people who live for a minute
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def give_passwords(folder: Path, people: int) -> None:
    """Let everybody have the same password."""
    settings = load_settings(folder / "config.toml")
    services = open_services(settings, system_ports(settings))
    fresh = services.hasher.hash_blocking(PlainPassword(PASSWORD))

    def unit(tx: Transaction) -> None:
        association = association_named(tx, "75012")
        if association is None:
            raise LookupError("75012")
        for number in range(people):
            credential = find_credential(tx, association.id, f"p{number}@exemple.fr")
            if credential is not None:
                set_password(tx, credential.id, fresh, services.ports.clock.now())

    services.store.write_blocking(unit)
    services.close()


async def sign_in(origin: str, basic: str, number: int) -> None:
    """One member's whole way, in a browser that was never here."""
    async with httpx.AsyncClient(base_url=origin) as browser:
        asked = {
            "client_id": "shop",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": SCOPE,
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "association": "75012",
        }
        login = (await browser.get(f"/authorize?{urlencode(asked)}")).headers["location"]
        token = CSRF.search((await browser.get(login)).text)
        if token is None:
            raise LookupError("no form")
        form = {"csrf_token": token[1], "identifier": f"p{number}@exemple.fr", "password": PASSWORD}
        answer = await browser.post(login, data=form)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        exchange = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        tokens = await browser.post("/token", data=exchange, headers={"Authorization": f"Basic {basic}"})
        tokens.raise_for_status()


async def closed_loop(origin: str, basic: str, people: int, seconds: float) -> tuple[int, list[float]]:
    """Let everybody sign in again and again; return how many did, and how long each took."""
    done: list[float] = []
    end = time.perf_counter() + seconds

    async def person(number: int) -> None:
        while time.perf_counter() < end:
            begun = time.perf_counter()
            await sign_in(origin, basic, number)
            done.append(time.perf_counter() - begun)

    async with anyio.create_task_group() as tasks:
        for number in range(people):
            tasks.start_soon(person, number)
    return len(done), done


def argon2_alone(turns: int = 40) -> float:
    """Hashes a second on the server's core, by the service's own engine."""
    default = Passwords()
    costs = Costs(default.argon2_memory_kib, default.argon2_passes)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    seconds = argon2_seconds(fastest(available_engines()), costs, turns=turns)
    os.sched_setaffinity(0, before)
    return 1 / seconds


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--port", type=int, default=8471)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        families = Families.prepare(Path(folder), options.port, options.people)
        give_passwords(Path(folder), options.people)
        alone = [argon2_alone()]
        os.environ["IDP_TESTING__THROTTLE"] = "false"  # sixteen people behind one address are slowed otherwise
        with serving(Path(folder), options.port) as pid:
            os.sched_setaffinity(0, {CLIENT_CORE})
            origin = f"http://127.0.0.1:{options.port}"
            uvloop.run(closed_loop(origin, families.basic, options.people, 2.0))
            rates, costs, times = [], [], list[float]()
            for _ in range(options.windows):
                used, begun = cpu_seconds(pid), time.perf_counter()
                count, took = uvloop.run(closed_loop(origin, families.basic, options.people, options.seconds))
                rates.append(count / (time.perf_counter() - begun))
                costs.append((cpu_seconds(pid) - used) / count)
                times += took
        alone.append(argon2_alone())
    rate, limit = statistics.median(rates), statistics.median(alone)
    times.sort()
    print(f"whole sign-ins a second    {rate:8.1f}")
    print(f"argon2id alone a second    {limit:8.1f}   (before {alone[0]:.1f}, after {alone[1]:.1f})")
    print(f"share                      {rate / limit:8.0%}")
    print(f"server CPU ms each         {statistics.median(costs) * 1e3:8.1f}")
    print(f"median, p99 ms             {times[len(times) // 2] * 1e3:8.0f} {times[int(len(times) * 0.99)] * 1e3:8.0f}")


if __name__ == "__main__":
    main()
