"""Whatever becomes of a log line, the work that wrote it goes on."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from recado.observability.logs import configure_logging
from recado.observability.metrics import Metrics
from recado.observability.unlogged import LOST
from recado.settings import load_settings


@pytest.fixture(autouse=True)
def put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


class Sink(io.StringIO):
    """A stream that fails while it has an error."""

    error: Exception | None = None

    def write(self, text: str) -> int:
        if self.error:
            raise self.error
        return super().write(text)

    def flush(self) -> None:
        if self.error:
            raise self.error


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


class Endless:
    def __repr__(self) -> str:
        return repr(self)


class UnshowableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def nested() -> Any:
    found: Any = []
    for _ in range(100_000):
        found = [found]
    return found


FAULTS = [
    OSError(28, "No space left on device"),
    BrokenPipeError(32, "Broken pipe"),
    ValueError("I/O operation on closed file."),
    UnicodeEncodeError("ascii", "ñ", 0, 1, "ordinal not in range"),
    AttributeError("'NoneType' object has no attribute 'write'"),
    MemoryError(),
]


def configured(log_format: str) -> Sink:
    sink = Sink()
    configure_logging(load_settings(None, RECADO_LOG_FORMAT=log_format, LOG_LEVEL="DEBUG"), sink)
    return sink


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: type(it).__name__)
def test_a_line_that_cannot_be_written_is_counted_and_the_next_one_is_written(
    log_format: str, fault: Exception
) -> None:
    sink = configured(log_format)
    log, library = structlog.get_logger("t"), logging.getLogger("uvicorn.error")
    lost, sink.error = LOST.lines, fault
    for say in (log.debug, log.info, log.warning, log.error, log.exception, library.error):
        say("lost")
    assert LOST.lines == lost + 6
    assert f"recado_log_lines_lost_total {float(LOST.lines)}".encode() in Metrics().text()
    sink.error = None
    log.info("there is space again")
    assert "there is space again" in sink.getvalue()
    assert LOST.lines == lost + 6


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize(
    "value",
    [
        Unshowable(),
        Endless(),
        UnshowableError(),
        {"inside": [Unshowable()]},
        {1: "a key that is no text"},
        {Unshowable(): 1},
        "half a pair \ud800",
        {"deep": "\udfff"},
        b"\xff\xfe",
        float("nan"),
        10**5000,
        nested(),
        object,
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_value_that_cannot_be_shown_costs_nothing_but_itself(log_format: str, value: Any) -> None:
    sink = configured(log_format)
    structlog.get_logger("t").warning("job failed", odd=value, queue="turn")
    (line,) = sink.getvalue().splitlines()[:1]
    assert "job failed" in line
    if log_format == "json":
        assert json.loads(line)["queue"] == "turn"
        sink.getvalue().encode()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_exception_that_cannot_be_shown_is_logged_by_its_class(log_format: str) -> None:
    sink = configured(log_format)
    try:
        raise UnshowableError
    except UnshowableError:
        structlog.get_logger("t").exception("failed")
    assert "failed" in sink.getvalue()


def test_a_librarys_wrong_call_raises_nothing() -> None:
    configured("json")
    lost = LOST.lines
    template = "%s and %s"
    logging.getLogger("aiohttp").warning(template, "one")
    logging.getLogger("aiohttp").warning("%s", Unshowable())
    assert LOST.lines >= lost
