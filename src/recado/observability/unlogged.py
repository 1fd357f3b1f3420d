"""Logging that never raises into the work that logs: a full disk, a closed pipe, a value that
cannot be shown cost a line, not a message.

A line that cannot be made is made anew from what can be shown; one that cannot be written is
counted (`recado_log_lines_lost_total`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from recado.observability.redact import shown

_METHODS = ("debug", "info", "warning", "warn", "error", "err", "exception", "critical", "fatal")


class Lost:
    """How many lines of this process were not written."""

    def __init__(self) -> None:
        self.lines = 0

    def count(self) -> None:
        self.lines += 1


LOST = Lost()


def never_raising(level: int) -> type[FilteringBoundLogger]:
    """structlog's own logger for this level, but that its methods return whatever happens."""
    base = structlog.make_filtering_bound_logger(level)
    guarded = {name: _guarded(getattr(base, name)) for name in _METHODS if hasattr(base, name)}
    return type("NeverRaisingLogger", (base,), guarded)


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def log(self: Any, *args: Any, **values: Any) -> Any:
        try:
            return method(self, *args, **values)
        except Exception:  # noqa: BLE001 - there is nowhere left to tell it
            LOST.count()
            return None

    return log


class Renderer:
    """The last processors of a line, with a plainer second try when they fail."""

    def __init__(self, *processors: Processor) -> None:
        self._processors = processors

    def __call__(self, logger: WrappedLogger, level: str, event: EventDict) -> str:
        kept = dict(event)
        try:
            return self._render(logger, level, event)
        except Exception:  # noqa: BLE001 - a value that cannot be shown
            return self._render(logger, level, {key: _plain(it) for key, it in kept.items()})

    def _render(self, logger: WrappedLogger, level: str, event: EventDict) -> str:
        rendered: Any = event
        for processor in self._processors:
            rendered = processor(logger, level, rendered)
        return str(rendered)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    text = value if isinstance(value, str) else shown(value)
    return text.encode("utf-8", "backslashreplace").decode()


class Handler(logging.StreamHandler[Any]):
    """For what libraries log: filters, formats and writes, and never raises."""

    def handle(self, record: logging.LogRecord) -> bool:
        try:
            return bool(super().handle(record))
        except Exception:  # noqa: BLE001 - there is nowhere left to tell it
            LOST.count()
            return False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        LOST.count()
