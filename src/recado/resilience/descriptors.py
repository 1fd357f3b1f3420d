"""File descriptors: one a connection. The soft limit of 1,024 that shells and systemd give is below
what load shedding lets in, and a process that has none left answers nobody, not even its probes."""

from __future__ import annotations

import resource
from contextlib import suppress

ENOUGH = 65_536


def allow_many_files() -> int:
    """Raise this process's soft limit as far as its hard one, or to ENOUGH. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    with suppress(OSError, ValueError):  # some systems have a lower bound of their own
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
