"""Housekeeping: what has been over for a day is deleted, what lives is not touched, and TERM is not kept waiting."""

from datetime import timedelta

import anyio
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from idp.audit.tables import AuditEvent
from idp.background import Housekeeping, keep_running
from idp.errors import Unavailable
from idp.oauth.tables import AuthorizationCode, Grant, PendingRequest, RefreshToken
from idp.recovery.tables import ResetLink
from idp.sessions.tables import BrowserSession
from idp.store import Transaction
from idp.store.sweeps import BATCH
from idp.store.tables import table_of
from tests.fakes import FixedClock
from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import ask_for_link, fill_login

TABLES = {
    table.__tablename__: table_of(table)
    for table in (PendingRequest, ResetLink, BrowserSession, AuthorizationCode, RefreshToken, Grant)
}


def rows(tx: Transaction) -> dict[str, int]:
    return {
        str(name): tx.execute(select(func.count()).select_from(table)).scalar_one() for name, table in TABLES.items()
    }


@pytest.fixture
async def tokens(site: Site, browser: Browser, hugo: Person, boutique: Application) -> dict[str, str]:
    """What is left of a sign-in: a row in every table, and these tokens."""
    await browser.open(boutique.request(association="75012"))
    await fill_login(browser, hugo)
    answer: dict[str, str] = (await boutique.trade(browser.sent_away["code"])).json()
    await ask_for_link(browser, "75012", hugo.email)
    assert set(site.read(rows).values()) == {1}
    return answer


async def test_a_day_after_the_end_of_everything_nothing_is_left(
    site: Site, tokens: dict[str, str], clock: FixedClock
) -> None:
    assert tokens
    clock.advance(days=92)

    await Housekeeping(site.services).sweep()

    assert set(site.read(rows).values()) == {0}


async def test_what_lives_is_not_touched(
    site: Site, tokens: dict[str, str], boutique: Application, clock: FixedClock
) -> None:
    clock.advance(days=29)

    await Housekeeping(site.services).sweep()
    refreshed = await boutique.refresh(tokens["refresh_token"])

    assert refreshed.status_code == 200
    assert site.read(rows) == {
        "pending_request": 0,
        "reset_link": 0,
        "browser_session": 1,
        "authorization_code": 0,
        "refresh_token": 2,
        "token_grant": 1,
    }


async def test_what_happened_is_kept_for_a_year(site: Site, tokens: dict[str, str], clock: FixedClock) -> None:
    assert tokens
    events = select(func.count()).select_from(table_of(AuditEvent))
    clock.advance(days=364)
    await Housekeeping(site.services).sweep()
    kept = site.read(lambda tx: tx.execute(events).scalar_one())
    clock.advance(days=2)

    await Housekeeping(site.services).sweep()

    assert kept > 0
    assert site.read(lambda tx: tx.execute(events).scalar_one()) == 0


async def test_a_long_sweep_ends_when_it_is_told_to(site: Site, clock: FixedClock) -> None:
    pending = table_of(PendingRequest)
    at = clock.now()
    whose = {"browser_hash": "b", "client_id": "c", "parameters": {}, "created_at": at, "expires_at": at}
    many = [{"id": f"rq-{number}", **whose} for number in range(BATCH * 3)]
    site.write(lambda tx: tx.execute(pending.insert(), many).rowcount)
    clock.advance(days=2)
    stop = anyio.Event()
    stop.set()

    await Housekeeping(site.services).sweep(stop)

    assert site.read(rows)["pending_request"] == BATCH * 3


async def test_a_part_that_fails_is_started_again() -> None:
    runs: list[int] = []

    async def part(stop: anyio.Event) -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise Unavailable("database")
        if len(runs) == 2:
            raise RuntimeError("a secret")
        stop.set()

    with capture_logs() as lines, anyio.fail_after(timedelta(seconds=10).total_seconds()):
        await keep_running("mail", part, anyio.Event())

    told = str(lines)
    assert len(runs) == 3
    assert "background part waits" in told
    assert "a secret" not in told
