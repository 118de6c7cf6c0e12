"""Runs the service: one process, or several that share a socket (`idp.workers`)."""

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

import anyio
import structlog
import uvicorn
from sqlalchemy.engine import make_url

from idp.app import create_app
from idp.errors import SettingsError
from idp.logs import set_up_logs
from idp.ops import create_ops_app
from idp.services import Services, open_services, system_ports
from idp.settings import Settings
from idp.store.migrate import upgrade
from idp.web.wire import BoundedHttpProtocol
from idp.workers import Workers

BACKLOG = 2_048
KEEP_ALIVE_SECONDS = 15

log = structlog.get_logger("idp")


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `SettingsError`, `Unavailable` before the first request is taken.
    """
    _refuse_insecure_transport()
    set_up_logs()
    upgrade(settings.database.url)
    server = settings.server
    main = _bind(server.host, server.port, "server.port")
    ops = _bind(server.ops_host, server.ops_port, "server.ops_port") if server.ops_port else None
    if server.workers == 1:
        _work(settings, main, ops, background=server.background)
        return
    if make_url(settings.database.url).get_backend_name() == "sqlite":
        log.warning("several workers gain nothing on SQLite: it has one writer", workers=server.workers)

    _open_sound(settings).close()  # what is wrong is said once, here, and not by each worker again and again

    def child(number: int) -> None:
        is_first = number == 0
        _work(settings, main, ops if is_first else None, background=server.background and is_first)

    Workers(server.workers, child).run()


def _open_sound(settings: Settings) -> Services:
    """Open the services with keys that open this database, before any server could turn a refusal into a trace.

    Raises `SettingsError` (SEC-42).
    """
    services = open_services(settings, system_ports(settings))
    try:
        services.key_ring.ensure_blocking()
    except SettingsError:
        services.close()
        raise
    return services


def _refuse_insecure_transport() -> None:
    """Authlib would take http for https everywhere (F-42)."""
    if "AUTHLIB_INSECURE_TRANSPORT" in os.environ:
        raise SettingsError("AUTHLIB_INSECURE_TRANSPORT: unset it; http works on loopback without")


def _bind(host: str, port: int, key: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as fault:
        raise SettingsError(f"{key} = {port}: {fault.strerror} on {host}; free it or choose another") from None
    bound.listen(BACKLOG)
    bound.setblocking(False)
    return bound


class _QuietServer(uvicorn.Server):
    """A server beside the main one, which alone listens to signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the main server."""
        yield


def _work(settings: Settings, main: socket.socket, ops: socket.socket | None, *, background: bool) -> None:
    """Serve in this process."""
    services = _open_sound(settings)
    common: dict[str, Any] = {
        "loop": "uvloop",
        "http": BoundedHttpProtocol,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    }
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(services, background=background),
            lifespan="on",
            timeout_graceful_shutdown=settings.server.drain_seconds,
            **common,
        )
    )
    beside = _QuietServer(uvicorn.Config(create_ops_app(services), lifespan="off", **common)) if ops else None

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            if beside is not None and ops is not None:
                tasks.start_soon(beside.serve, [ops])
            await server.serve([main])
            if beside is not None:
                beside.should_exit = True

    log.info("serving", address=settings.server.public_url, pid=os.getpid())
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C, said again by uvicorn once all is done
        anyio.run(run, backend_options={"use_uvloop": True})
    if not server.started:
        raise SystemExit(3)
