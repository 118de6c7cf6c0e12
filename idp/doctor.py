"""Looks for what is wrong with an installation, with a remedy for each finding. Changes nothing.

English: an operator reads it. Secrets are never part of a finding.
"""

import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from idp.accounts.argon2_engine import Costs, measure
from idp.eligibility.epochs import current_change
from idp.errors import Fault, SettingsError
from idp.mail.smtp import SmtpServer
from idp.services import Services
from idp.store.migrate import pending

SLOWEST_HASH_SECONDS = 0.25
SMTP_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where nothing is to be done."""

    subject: str
    is_well: bool
    detail: str
    remedy: str = ""


def examine(services: Services) -> list[Finding]:
    """Look at everything, one part's failure hiding no other."""
    parts: tuple[tuple[str, Callable[[Services], Iterator[Finding]]], ...] = (
        ("database", _database),
        ("migrations", _migrations),
        ("keys", _keys),
        ("mail", _outbox),
        ("smtp", _smtp),
        ("argon2", _argon2),
        ("address", _address),
    )
    findings: list[Finding] = []
    for subject, look in parts:
        try:
            findings += look(services)
        except (Fault, SettingsError) as fault:
            findings.append(Finding(subject, False, str(fault), f"mend the {subject}, then run idp doctor again"))
    return findings


def _database(services: Services) -> Iterator[Finding]:
    number = services.store.read_blocking(current_change)
    yield Finding("database", True, f"{services.store.dialect} answers; {number} changes so far")


def _migrations(services: Services) -> Iterator[Finding]:
    missing = pending(services.settings.database.url)
    yield Finding(
        "migrations",
        not missing,
        f"missing: {', '.join(missing)}" if missing else "the database is of this version",
        "run idp migrate" if missing else "",
    )


def _keys(services: Services) -> Iterator[Finding]:
    services.key_ring.ensure_blocking()
    active = [key for key in services.key_ring.every_key_blocking() if key.state == "active"]
    names = ", ".join(sorted(key.algorithm for key in active))
    yield Finding("keys", len(active) >= 2, f"active: {names}", "" if len(active) >= 2 else "run idp keys rotate")


def _outbox(services: Services) -> Iterator[Finding]:
    state = services.store.read_blocking(services.outbox.state)
    waiting = f"{state.depth} waiting, the oldest for {_words(state.oldest_age)}"
    stuck = "start idp serve with [server] background = true, or idp worker" if state.is_stuck else ""
    yield Finding("outbox", not state.is_stuck, waiting, stuck)
    yield Finding(
        "dead letters",
        not state.dead,
        f"{state.dead} given up",
        "see the log's mail.dead lines for the reason, then idp account send-link for whom it concerns"
        if state.dead
        else "",
    )


def _smtp(services: Services) -> Iterator[Finding]:
    server = SmtpServer.from_url(services.settings.mail.smtp_url)
    try:
        with socket.create_connection((server.host, server.port), SMTP_SECONDS):
            pass
    except (OSError, smtplib.SMTPException) as fault:
        detail = f"{server.host}:{server.port}: {type(fault).__name__}"
        yield Finding("smtp", False, detail, "check [mail] smtp_url and that the server lets this machine in")
    else:
        yield Finding("smtp", True, f"{server.host}:{server.port} takes connections")


def _argon2(services: Services) -> Iterator[Finding]:
    passwords = services.settings.passwords
    costs = Costs(passwords.argon2_memory_kib, passwords.argon2_passes)
    for speed in measure(costs, turns=3)[:1]:
        seconds = 1 / speed.hashes_per_cpu_second
        well = seconds <= SLOWEST_HASH_SECONDS
        affordable = int(costs.passes * SLOWEST_HASH_SECONDS / seconds)
        yield Finding(
            "argon2",
            well,
            f"{speed.engine}: {speed.hashes_per_cpu_second:.0f} hashes a CPU second at {costs.memory_kib} KiB, "
            f"{costs.passes} passes; {affordable} passes would take {SLOWEST_HASH_SECONDS} s",
            "" if well else "give the service a faster core, or lower [passwords] argon2_passes",
        )


def _address(services: Services) -> Iterator[Finding]:
    server = services.settings.server
    if server.is_loopback_http:
        yield Finding("address", True, f"{server.public_url}: loopback, for trying out only")
        return
    behind = bool(server.trusted_proxies)
    yield Finding(
        "address",
        behind,
        f"{urlsplit(server.public_url).hostname}: https is a proxy's work",
        "" if behind else "name the proxy in [server] trusted_proxies, or its address counts for everybody",
    )


def _words(age: timedelta) -> str:
    return f"{int(age.total_seconds())} s"
