"""Logs: structlog everywhere, JSON for machines and colours for people, on stderr.

stdout stays free for what a command answers. What libraries log through the standard library
(uvicorn, SQLAlchemy, aiohttp, asyncio) takes the same way and looks the same.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from recado import __version__
from recado.observability.redact import redact, scrub, without_people
from recado.observability.unlogged import Handler, Renderer, never_raising
from recado.settings import Settings

#: Libraries that say at INFO what only their authors need.
_TALKATIVE = (
    *("aiohttp.access", "alembic", "asyncio", "azure", "botocore", "httpx", "httpx2", "uvicorn"),
)


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Route every log line of this process to `stream` (stderr when None)."""
    out = stream or cast(TextIO, _Stderr())
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not out.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared = _shared(settings, as_json=as_json)
    last = Renderer(*(_render_json() if as_json else _render_console(out)))
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=never_raising(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    handler.addFilter(_logged_already)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(max(level, logging.WARNING) if level > logging.DEBUG else level)


def _shared(settings: Settings, *, as_json: bool) -> list[Processor]:
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True)
        if as_json
        else structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    ]
    if as_json:
        processors.append(
            _Constant(
                service=settings.service_name,
                version=__version__,
                environment=settings.environment,
            )
        )
    return [*processors, redact]


def _render_json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        _scrub_exception,
        _name_event,
        _JsonLine(),
    ]


def _name_event(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    """What happened is `message`, as log collectors expect it; which message, `message_id`."""
    if "message" in event:
        event["message_id"] = event.pop("message")
    event["message"] = event.pop("event")
    return event


def _render_console(out: TextIO) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [structlog.processors.format_exc_info, _scrub_exception, _shorter_trace_id, renderer]


class _Stderr(io.TextIOBase):
    """Today's `sys.stderr`, whatever it is when a line is written: loggers outlive replacements."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


class _Constant:
    """Adds the same keys to every line."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def __call__(self, _logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
        return {**self._values, **event}


class _JsonLine:
    """One line of JSON; what JSON does not know is shown as its `repr`."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder(enc_hook=repr).encode

    def __call__(self, _logger: WrappedLogger, _level: str, event: EventDict) -> str:
        return self._encode(event).decode()


def _scrub_exception(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    trace = event.get("exception")
    if isinstance(trace, str):
        event["exception"] = without_people(scrub(trace))
    return event


def _shorter_trace_id(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    if isinstance(event.get("trace_id"), str):
        event["trace_id"] = event["trace_id"][:8]
    return event


def _logged_already(record: logging.LogRecord) -> bool:
    """False for what uvicorn says about an exception that our own edge has logged."""
    return not record.getMessage().startswith("Exception in ASGI application")
