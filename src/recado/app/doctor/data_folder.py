"""RECADO_DATA: can it be written, who may read it, has it room?"""

from __future__ import annotations

import os
import shutil

from recado.observability.findings import Finding, fine, hint, wrong
from recado.settings import Settings

#: Below this, a database in use fills the disk within days.
LOW_DISK_BYTES = 1 << 30
GIVE_RIGHTS = "Give this user the right to write there, or set RECADO_DATA to another folder."
MOVE_AWAY = "Move it away, or set RECADO_DATA to another folder."
#: What in RECADO_DATA is a file.
_FILES = ("recado.db", "api_key", "secret_key")


def check_data_folder(settings: Settings) -> list[Finding]:
    """RECADO_DATA can be written, is nobody else's to read, and has room. One that is not there
    is not made: it may be the wrong place."""
    folder = settings.data
    if reason := why_not_writable(settings):
        return wrong(reason, what_helps(reason))
    there = next(it for it in (folder.resolve(), *folder.resolve().parents) if it.exists())
    free = shutil.disk_usage(there).free
    if not folder.exists():
        return hint(f"{folder.resolve()} is not there yet", "The first start makes it.")
    found = fine(f"{folder.resolve()}, {free / (1 << 30):.1f} GB free")
    if free < LOW_DISK_BYTES:
        found = hint(f"only {free / (1 << 20):.0f} MB are free on {folder}", "Make room.")
    for name in ("secret_key", "api_key"):
        file = folder / name
        if file.exists() and file.stat().st_mode & 0o077:
            found += wrong(f"others may read {file}", f"chmod 600 {file}")
    return found


def what_helps(reason: str) -> str:
    """What to do about a reason of `why_not_writable`."""
    return MOVE_AWAY if "is needed there" in reason else GIVE_RIGHTS


def why_not_writable(settings: Settings) -> str:
    """Why nothing can be kept in RECADO_DATA; "" when it can."""
    folder = settings.data.resolve()
    there = next(it for it in (folder, *folder.parents) if it.exists())
    files = [it for it in (there, folder / "files") if it.exists() and not it.is_dir()]
    if files:
        return f"{files[0]} is a file, and a folder is needed there"
    folders = [it for it in (folder / name for name in _FILES) if it.is_dir()]
    if folders:
        return f"{folders[0]} is a folder, and a file is needed there"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{folder} cannot be written by this user"
    database = folder / "recado.db"
    if not settings.database_url and database.exists() and not os.access(database, os.W_OK):
        return f"{database} cannot be written by this user"
    return ""
