"""What runs beside the answers: sending mail and keeping house. Each part is restarted when it fails, and says so."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import anyio
import structlog
from sqlalchemy import exists, select

from idp.audit.store import purge_events
from idp.errors import Unavailable
from idp.oauth.tables import AuthorizationCode, Grant, PendingRequest, RefreshToken
from idp.recovery.tables import ResetLink
from idp.services import Services
from idp.sessions.tables import BrowserSession
from idp.store import Transaction
from idp.store.sweeps import BATCH, Sweep
from idp.store.tables import table_of
from idp.throttle.tables import KnownBrowser, KnownBrowserLink, ThrottleCounter, ThrottleName

INTERVAL_SECONDS = 60.0
PAUSE_SECONDS = 0.05
RESTART_SECONDS = 1.0
KEPT = timedelta(days=1)
"""How long a row outlives its end: « used » and « expired » can then still be told apart in the log."""
MAIL_TRACES_KEPT = timedelta(days=30)

log = structlog.get_logger("idp.background")

_GRANT, _CODE, _TOKEN = table_of(Grant), table_of(AuthorizationCode), table_of(RefreshToken)
_HAS_CODE = exists(select(_CODE.c.code_hash).where(_CODE.c.grant_id == _GRANT.c.id))
_HAS_TOKEN = exists(select(_TOKEN.c.token_hash).where(_TOKEN.c.grant_id == _GRANT.c.id))
_SWEEPS = (
    Sweep(table_of(PendingRequest), "expires_at"),
    Sweep(table_of(ResetLink), "expires_at"),
    Sweep(table_of(BrowserSession), "expires_at"),
    Sweep(table_of(ThrottleCounter), "expires_at"),
    Sweep(table_of(ThrottleName), "expires_at"),
    Sweep(table_of(KnownBrowser), "expires_at"),
    Sweep(table_of(KnownBrowserLink), "expires_at"),
    Sweep(_CODE, "expires_at"),
    Sweep(_TOKEN, "expires_at"),
    Sweep(_GRANT, "expires_at", unless=_HAS_CODE | _HAS_TOKEN),
)


class Housekeeping:
    """Deletes what has expired, every minute, in small batches."""

    def __init__(self, services: Services) -> None:
        """Store, clock and `[audit] retention_days` come from the services."""
        self._store = services.store
        self._clock = services.ports.clock
        self._outbox = services.outbox
        self._retention = timedelta(days=services.settings.audit.retention_days)

    async def run(self, stop: anyio.Event) -> None:
        """Keep house until `stop` is set."""
        while not stop.is_set():
            await self.sweep(stop)
            with anyio.move_on_after(INTERVAL_SECONDS):
                await stop.wait()

    async def sweep(self, stop: anyio.Event | None = None) -> None:
        """Delete all that is due, or what can be until `stop` is set."""
        at = self._clock.now()
        parts: list[Callable[[Transaction], int]] = [
            *((lambda tx, sweep=sweep: sweep.run(tx, at - KEPT)) for sweep in _SWEEPS),
            lambda tx: purge_events(tx, at - self._retention, BATCH),
            lambda tx: self._outbox.purge_ended(tx, at - MAIL_TRACES_KEPT, BATCH),
        ]
        for part in parts:
            deleted = BATCH
            while deleted >= BATCH and not (stop and stop.is_set()):
                deleted = await self._store.write(part)
                await anyio.sleep(PAUSE_SECONDS)


async def keep_running(name: str, part: Callable[[anyio.Event], Awaitable[None]], stop: anyio.Event) -> None:
    """Run a part until `stop`; when it fails, say so and start it again: no promise depends on one run."""
    while not stop.is_set():
        try:
            await part(stop)
        except Unavailable as unavailable:
            log.warning("background part waits", part=name, missing=unavailable.part)
        except Exception as fault:  # noqa: BLE001 -- the last resort of a loop that must go on; the kind is logged
            log.error("background part failed", part=name, kind=type(fault).__name__)  # noqa: TRY400 -- a trace may hold secrets (SEC-29)
        if not stop.is_set():
            with anyio.move_on_after(RESTART_SECONDS):
                await stop.wait()


async def work(services: Services, stop: anyio.Event) -> None:
    """Do all of the background work until `stop` is set, then finish what was begun."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_running, "mail", services.mail_worker.run, stop)
        tasks.start_soon(keep_running, "housekeeping", Housekeeping(services).run, stop)
