"""What Recado keeps on disk is for its own user alone: the database, files, keys and exports.

A folder that holds nothing but Recado's own is closed; one that is somebody's own (a home, /tmp, a
checkout) is left as it is, and only the files in it are closed.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: All that a data folder has.
_OURS = re.compile(
    r"recado\.db(-wal|-shm|-journal)?|secret_key|api_key|desk_address|node-\d+\.lock"
    r"|lines\.remembered(\.\d+)?|files|cache|recado\.log"
)


def close_new_files() -> None:
    """From now on this process makes files that nobody else may read."""
    os.umask(_OTHERS)


def protect(data: Path, database: Path | None = None) -> None:
    """Close what is there, as far as it is ours: earlier versions left it open."""
    found: list[Path] = []
    with suppress(OSError):
        found = list(data.iterdir())
    ours = [path for path in found if _OURS.fullmatch(path.name)]
    for path in ours:
        _close(path, PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
    if ours and len(ours) == len(found):
        _close(data, PRIVATE_FOLDER)
    if database is not None:
        create_private(database)
        for ending in ("", "-wal", "-shm", "-journal"):
            _close(database.with_name(database.name + ending), PRIVATE_FILE)


def create_private(path: Path) -> None:
    """An empty file, unless there is one: SQLite gives its companions the same rights."""
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))


def write_private(path: Path, data: bytes) -> None:
    """Write a file that nobody else may read at any moment, also where there was one before.
    Raises OSError."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(file, "wb") as opened:
        if stat.S_ISREG(os.fstat(file).st_mode):  # else a pipe, or a terminal
            os.fchmod(file, PRIVATE_FILE)
            opened.truncate()
        opened.write(data)


def make_private_folder(path: Path) -> None:
    """A folder for what nobody else may see; one that has something in it is somebody's own.
    Raises OSError."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if not any(path.iterdir()):
        path.chmod(PRIVATE_FOLDER)


def _close(path: Path, mode: int) -> None:
    try:
        status = path.lstat()
        if status.st_mode & _OTHERS and not stat.S_ISLNK(status.st_mode):
            path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:  # another user's: then it is for them to say
        log.warning("a file may be read by others", file=path.name, error=error.strerror)
