"""The log: one JSON object a line on standard error, control characters escaped, long values cut.

Library loggers that print tokens or queries in their debug output are held at INFO or above (SEC-29, F-27).
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

LONGEST = 500
QUIET = {"authlib": logging.INFO, "sqlalchemy": logging.WARNING, "alembic": logging.WARNING, "httpx": logging.WARNING}
_HIDDEN = frozenset({"password", "token", "secret", "code", "csrf_token", "authorization", "cookie", "client_secret"})


def _clean(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut long texts; hide what a caller should never have passed: a second net."""
    for key, value in event.items():
        if key in _HIDDEN:
            event[key] = "…"
        elif isinstance(value, str) and len(value) > LONGEST:
            event[key] = value[:LONGEST] + "…"
    return event


def set_up_logs() -> None:
    """Send our log and the libraries' to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _clean,
    ]
    render = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=repr).decode())
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[*shared], processors=[_from_library, render])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


def _from_library(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep of a library's record what is ours to print; of an exception its kind alone, never its text."""
    record: logging.LogRecord | None = event.pop("_record", None)
    event.pop("_from_structlog", None)
    event.pop("exc_info", None)
    if record is not None:
        event["logger"] = record.name
        if record.exc_info and record.exc_info[0]:
            event["kind"] = record.exc_info[0].__name__
    return event
