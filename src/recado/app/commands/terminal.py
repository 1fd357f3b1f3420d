"""What commands share: settings, an opened runtime, tables, and errors in one line.

People get a table, programs (a pipe) tab-separated lines.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from recado.runtime import Runtime
    from recado.settings import Settings

T = TypeVar("T")

_ADDRESS = "desk_address"
_DEFAULT_ADDRESS = "http://127.0.0.1:8080"
#: Where there is no terminal, long work says this often how far it is.
COUNT_SECONDS = 2.0

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder for the database, files and keys (RECADO_DATA)."),
]


def settings(data: Path | None = None, **overrides: Any) -> Settings:
    """The settings, with logs going where they say. Raises SettingsError."""
    from recado.observability.logs import configure_logging

    loaded = _load(data, overrides)
    configure_logging(loaded)
    return loaded


def quiet_settings(
    data: Path | None = None, *, may_begin: bool = False, **unless_set: Any
) -> Settings:
    """As `settings`, for commands whose answer is not to be drowned in the log: it is the person's
    who called them, so no JSON and no INFO.

    `may_begin`: where there is no data folder yet, this command may make it, or only looks.
    `unless_set` are values for what neither the environment nor `.env` sets.
    """
    from recado.observability.logs import configure_logging

    loaded = _load(data, {})
    given = {type(loaded).model_fields[name].alias for name in loaded.model_fields_set}
    if missing := {name: value for name, value in unless_set.items() if name not in given}:
        loaded = _load(data, missing)
    quiet = {"LOG_LEVEL": ("log_level", "WARNING"), "RECADO_LOG_FORMAT": ("log_format", "console")}
    chosen = dict(value for name, value in quiet.items() if name not in given)
    configure_logging(loaded.model_copy(update=chosen))
    if not may_begin:
        refuse_elsewhere(loaded)
    return loaded


def refuse_elsewhere(loaded: Settings) -> None:
    """A command that was given no folder, where there is none, stands in the wrong place: what it
    made there nobody would find again. Raises SettingsError."""
    from recado.errors import SettingsError

    if is_where_recado_runs(loaded):
        return
    raise SettingsError(
        f"There is no Recado here: this command would use {loaded.data.resolve()}, which does not"
        " exist. Run it where Recado runs, or name its folder: RECADO_DATA=FOLDER."
        f" `{command()} up` begins a new one."
    )


def is_where_recado_runs(loaded: Settings) -> bool:
    """Whether the data folder is there, or a person has said in some way that it is to be."""
    from recado.extras import CHECKOUT

    named = "data" in loaded.model_fields_set or loaded.secret_key.get_secret_value()
    here = Path.cwd()
    return bool(named or loaded.data.exists() or here == CHECKOUT or (here / ".env").exists())


def command() -> str:
    """How this person calls Recado: `recado`, or the path of one that is not on PATH."""
    called = Path(sys.argv[0])
    if called.name != "recado" or shutil.which("recado"):
        return "recado"
    here = Path.cwd()
    return str(called.relative_to(here) if called.is_relative_to(here) else called)


def desk_address(loaded: Settings) -> str:
    """Where links lead: the public URL, or else where this data folder's desk last listened."""
    if loaded.public_url:
        return loaded.public_url
    try:
        return (loaded.data / _ADDRESS).read_text().strip() or _DEFAULT_ADDRESS
    except OSError:
        return _DEFAULT_ADDRESS


def remember_desk_address(loaded: Settings, address: str) -> None:
    """For the commands that print links while the desk runs, or after it."""
    with suppress(OSError):  # a read-only folder: then links have the default address
        (loaded.data / _ADDRESS).write_text(f"{address}\n")


def counted(count: int, noun: str) -> str:
    """`1 passage`, `2 passages`, `2 entries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("ry") else f"{count} {noun}s"


def _load(data: Path | None, overrides: dict[str, Any]) -> Settings:
    from recado.settings import load_settings

    return load_settings(**overrides, **({} if data is None else {"RECADO_DATA": data}))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run an async command to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def opened(loaded: Settings, services: Sequence[str] = ()) -> AsyncIterator[Runtime]:
    """A runtime without workers and routes, for commands that read and write."""
    from recado.app.wiring import build_runtime, close_runtime

    runtime = await build_runtime(loaded, services)
    try:
        yield runtime
    finally:
        await close_runtime(runtime)


def one_line(error: Exception) -> str | None:
    """What to tell a person about `error`; None when it is a mistake of ours."""
    if isinstance(error, BrokenPipeError):
        return None
    if "recado.errors" in sys.modules:
        from recado.errors import RecadoError

        if isinstance(error, RecadoError):
            return " ".join(error.detail.split())
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import DatabaseError, OperationalError

        # A bare DatabaseError is a file that is no database, or a damaged one.
        if isinstance(error, OperationalError) or type(error) is DatabaseError:
            return f"The database failed: {error.orig}. `recado doctor` looks for the cause."
    return None


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print `rows`: aligned for people, tab-separated for programs."""
    shown = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(headers), *shown]:
            typer.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*headers, box=SIMPLE_HEAD, pad_edge=False)
    for row in shown:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


@contextmanager
def stopping(event: asyncio.Event) -> Iterator[None]:
    """Ctrl+C sets `event`, for work that ends between two of its steps; pressed again, it ends
    where it is."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        event.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work is, on stderr: call what this gives with how much is done, and of how
    much. A terminal gets a bar, anything else a line now and then."""
    if not sys.stderr.isatty():
        yield _Counts(what).show
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Counts:
    def __init__(self, what: str) -> None:
        self._what = what
        self._told_at = time.monotonic()

    def show(self, done: int, total: int) -> None:
        moment = time.monotonic()
        if moment - self._told_at >= COUNT_SECONDS:
            self._told_at = moment
            typer.echo(f"{self._what}: {done} of {total}", err=True)


def when(moment: float | None) -> str:
    """Unix seconds as local time."""
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def tell(lines: Sequence[str]) -> None:
    """Print what a process has to say at its start; it runs all the same when nobody can be told
    (a full disk, a closed pipe, an encoding without these letters)."""
    try:
        for line in lines:
            try:
                typer.echo(line)
            except UnicodeEncodeError:
                typer.echo(line.encode("ascii", "replace").decode())
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        import structlog

        structlog.get_logger(__name__).warning("nothing can be printed", error=str(error))
        # What its buffer still has would fail again at the end, and make a success look like none.
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process runs


def dim(text: str) -> str:
    return typer.style(text, dim=True)


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`. A no, or nobody there to ask, ends the command with status 1."""
    if not yes:
        typer.confirm(question, abort=True, err=True)
