"""One clock: what makes it run, stand still and end. Pure: a state in, a state out.

A target is used up by working time alone (calendars/working_time.py), and only while the business
has to do something: a first reply counts down until a person writes, a resolution stands still
while the customer is awaited. Moments may come late, and even before the last one, from a clock
that was set back: no time passes then.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from recado.calendars.working_time import Calendar, add_working, working_between

FIRST_REPLY, RESOLUTION = "first_reply", "resolution"
Kind = Literal["first_reply", "resolution"]
CUSTOMER, SNOOZE = "customer", "snooze"
#: A clock that stands still is not looked at more often.
LEAST_LOOK_SECONDS = 60.0
#: Less than this is how numbers are written, and no time.
_NOTHING = 1e-3


class Clock(msgspec.Struct, frozen=True):
    """The fields of ServiceClock (model.py) that its events change."""

    kind: str
    target_seconds: float
    warn_percent: int
    used_seconds: float
    running_since: float | None
    paused_since: float | None
    paused_by: str
    paused_seconds: float
    due_at: float | None
    look_at: float | None
    seen_to: int
    warned_at: float | None
    breached_at: float | None
    met_at: float | None
    ended_at: float | None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


def begin(
    kind: Kind, calendar: Calendar, moment: float, *, target: float, warn_percent: int, seen_to: int
) -> Clock:
    """A clock that runs since `moment`; messages up to the position `seen_to` are not its."""
    clock = Clock(
        kind=kind,
        target_seconds=target,
        warn_percent=warn_percent,
        used_seconds=0.0,
        running_since=moment,
        paused_since=None,
        paused_by="",
        paused_seconds=0.0,
        due_at=None,
        look_at=None,
        seen_to=seen_to,
        warned_at=None,
        breached_at=None,
        met_at=None,
        ended_at=None,
    )
    return plan(clock, calendar, moment)


def used_at(clock: Clock, calendar: Calendar, moment: float) -> float:
    """The working time that has passed of it by then."""
    if clock.running_since is None:
        return clock.used_seconds
    return clock.used_seconds + working_between(calendar, clock.running_since, moment)


def pause(clock: Clock, calendar: Calendar, moment: float, by: str) -> Clock:
    """It stands still since then. What pauses a second time changes only why."""
    if clock.is_over or clock.running_since is None:
        return clock if clock.is_over else msgspec.structs.replace(clock, paused_by=by)
    return msgspec.structs.replace(
        clock,
        used_seconds=used_at(clock, calendar, moment),
        running_since=None,
        paused_since=max(moment, clock.running_since),
        paused_by=by,
        due_at=None,
    )


def resume(clock: Clock, moment: float) -> Clock:
    """It runs again since then."""
    if clock.is_over or clock.paused_since is None:
        return clock
    since = max(moment, clock.paused_since)
    return msgspec.structs.replace(
        clock,
        running_since=since,
        paused_seconds=clock.paused_seconds + since - clock.paused_since,
        paused_since=None,
        paused_by="",
    )


def end(clock: Clock, calendar: Calendar, moment: float, *, met: bool) -> Clock:
    """`met`: what was promised has happened then. Otherwise there is nothing to be done any more,
    and nobody is late."""
    if clock.is_over:
        return clock
    stopped = pause(clock, calendar, moment, clock.paused_by)
    return msgspec.structs.replace(
        stopped, met_at=moment if met else None, ended_at=moment, due_at=None, look_at=None
    )


def move(
    clock: Clock,
    before: Calendar,
    after: Calendar,
    moment: float,
    *,
    target: float,
    warn_percent: int,
) -> Clock:
    """Another promise holds since then, perhaps by other hours; what was used stays used. A longer
    target takes back no warning and no breach."""
    moved = clock
    if clock.running_since is not None:
        used = used_at(clock, before, moment)
        since = max(moment, clock.running_since)
        moved = msgspec.structs.replace(clock, used_seconds=used, running_since=since)
    moved = msgspec.structs.replace(moved, target_seconds=target, warn_percent=warn_percent)
    return plan(moved, after, moment)


def is_breached(clock: Clock, calendar: Calendar, moment: float) -> bool:
    """Whether its target was over by then, and that has not been told."""
    return clock.breached_at is None and _is_used(clock, calendar, moment, clock.target_seconds)


def is_near(clock: Clock, calendar: Calendar, moment: float) -> bool:
    """Whether it was so near its target by then that it is warned, and nobody was."""
    told = clock.warned_at is not None or clock.breached_at is not None or clock.is_over
    return not told and _is_used(clock, calendar, moment, _warn_seconds(clock))


def plan(clock: Clock, calendar: Calendar, moment: float) -> Clock:
    """With when it is due, and when it has to be looked at next."""
    if clock.is_over:
        return clock
    since = clock.running_since
    due_at = None
    if since is not None:
        due_at = add_working(calendar, since, clock.target_seconds - clock.used_seconds)
    return msgspec.structs.replace(clock, due_at=due_at, look_at=_look_at(clock, calendar, moment))


def _look_at(clock: Clock, calendar: Calendar, moment: float) -> float | None:
    if clock.breached_at is not None:
        return None
    limit = clock.target_seconds if clock.warned_at is not None else _warn_seconds(clock)
    left = limit - clock.used_seconds
    if clock.running_since is not None:
        return add_working(calendar, clock.running_since, left)
    # It might go on from now on: before that time is over, nothing can be due.
    return max(add_working(calendar, moment, left), moment + LEAST_LOOK_SECONDS)


def _warn_seconds(clock: Clock) -> float:
    return clock.target_seconds * clock.warn_percent / 100


def _is_used(clock: Clock, calendar: Calendar, moment: float, seconds: float) -> bool:
    return used_at(clock, calendar, moment) >= seconds - _NOTHING
