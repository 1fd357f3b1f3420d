"""Which process this is, across restarts.

A restarted process may free the leases of its dead predecessor at once, instead of waiting for
them to end. That needs a name that a process shares with its predecessor and with no living one:
a file in RECADO_DATA that stays locked for as long as the process lives (the system lets go of
the lock with the process, however it ends).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from uuid import uuid4

#: How many processes on one data folder have a name that outlives them.
MAX_NODES = 32

#: The locks that this process holds until it ends; closing a descriptor would let go of one.
_held: list[int] = []


def claim_node(data: Path) -> str:
    """This process's name for its leases: letters, digits and hyphens.

    The name of the first slot in `data` that no living process holds. Where no slot can be
    locked (a read-only folder, a file system without locks), a fresh name: then leases of the
    past end by themselves.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        for slot in range(MAX_NODES):
            name = _claim(data / f"node-{slot}.lock")
            if name is not None:
                return name
    except OSError:
        pass  # see above: a name is a convenience, the lease is the guarantee
    return uuid4().hex


def _claim(path: Path) -> str | None:
    """The name kept in `path`, locked; None when a living process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    kept = os.pread(descriptor, 64, 0).decode(errors="replace").strip()
    # The inode makes a copied data folder another node: its original may be alive elsewhere.
    inode = f"{os.fstat(descriptor).st_ino:x}"
    name, _, made_for = kept.partition("-")
    if not name.isalnum() or made_for != inode:
        name = uuid4().hex
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{name}-{inode}\n".encode(), 0)
    _held.append(descriptor)
    return f"{name}-{inode}"
