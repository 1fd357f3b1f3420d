"""Quiet hours: from when to when a person wants to hear nothing, in their own time zone."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recado.errors import Unprocessable

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
UTC_NAME = "UTC"


def check_hours(begins: str, ends: str) -> None:
    """Raises Unprocessable: no times of the day, or one without the other."""
    for given in filter(None, (begins, ends)):
        if not _CLOCK.fullmatch(given):
            raise Unprocessable(f"A time is written like 22:00, not {given[:20]!r}.")
    if bool(begins) != bool(ends):
        raise Unprocessable("Quiet hours have a beginning and an end.")


def quiet_until(moment: float, begins: str, ends: str, time_zone: str) -> float | None:
    """When the quiet hours end in which `moment` (Unix seconds) falls; None: it falls in none.

    A span that ends before it begins goes on after midnight. On the two nights on which clocks are
    set, the end is what the wall clock shows then.
    """
    if not begins or begins == ends:
        return None
    zone = zone_named(time_zone)
    local = datetime.fromtimestamp(moment, zone)
    first, last = time.fromisoformat(begins), time.fromisoformat(ends)
    for day in (local.date() - timedelta(days=1), local.date()):
        opened = datetime.combine(day, first, zone).timestamp()
        over = day if last > first else day + timedelta(days=1)
        closed = datetime.combine(over, last, zone).timestamp()
        if opened <= moment < closed:
            return closed
    return None


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone, or UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name or UTC_NAME)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC_NAME)
