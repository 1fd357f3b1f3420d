"""Points in time at the API: ISO 8601 in UTC out, ISO 8601 or Unix seconds in."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from recado.errors import BadRequest

#: Unix seconds beyond this are milliseconds by mistake (it is the year 5138).
_LATEST = 1e11
#: A plus sign that a URL turned into a space: `…T10:00:00 02:00`.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


def to_iso(seconds: float) -> str:
    """`2026-03-14T09:26:53.589793Z`, cut (never rounded up) to microseconds."""
    whole = math.floor(seconds)
    micros = int((seconds - whole) * 1_000_000)
    moment = datetime.fromtimestamp(whole, UTC).replace(microsecond=micros)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """Unix seconds from ISO 8601 (UTC where no offset is given) or from Unix seconds.

    Up to a microsecond early, so that what `to_iso` has cut is found again. Raises BadRequest.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = _parse(text)
    if not -_LATEST < seconds < _LATEST:
        raise BadRequest(f"{text!r} is no point in time in seconds; is it in milliseconds?")
    return seconds


def _parse(text: str) -> float:
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text.strip()))
    except ValueError as error:
        raise BadRequest(
            f"{text!r} is no point in time: give ISO 8601, such as 2026-03-14T09:26:53Z,"
            " or Unix seconds."
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() - 1e-6
