"""A clock of a service level: what it counts, when it stands still, when it warns."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.calendars.week import Holiday
from recado.calendars.working_time import ALWAYS, Calendar, working_between
from recado.escalation.clocks.clock import (
    CUSTOMER,
    Clock,
    begin,
    end,
    is_breached,
    is_near,
    move,
    pause,
    plan,
    resume,
    used_at,
)

HOUR = 3600.0
MADRID, NEW_YORK, SAO_PAULO, ADELAIDE = (
    "Europe/Madrid",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Adelaide",
)
OFFICE: dict[str, Any] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "18:00"),))


def at(text: str, zone: str = MADRID) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def clock(calendar: Calendar = ALWAYS, moment: float = 0.0, *, target: float = 300.0) -> Clock:
    return begin("resolution", calendar, moment, target=target, warn_percent=80, seen_to=0)


def test_it_warns_at_its_share_and_is_over_at_its_end_once() -> None:
    it = clock()
    assert (it.due_at, it.look_at) == (300, 240)
    assert not is_near(it, ALWAYS, 239)
    assert is_near(it, ALWAYS, 240)
    it = plan(msgspec.structs.replace(it, warned_at=240.0), ALWAYS, 240)
    assert it.look_at == 300
    assert not is_near(it, ALWAYS, 299)
    assert is_breached(it, ALWAYS, 300)
    it = plan(msgspec.structs.replace(it, breached_at=300.0), ALWAYS, 300)
    assert it.look_at is None
    assert not is_breached(it, ALWAYS, 900)


def test_it_stands_still_while_the_customer_is_awaited() -> None:
    it = plan(pause(clock(), ALWAYS, 100, CUSTOMER), ALWAYS, 100)
    assert it.due_at is None
    assert it.look_at is not None
    assert it.look_at >= 240, "nothing can be due before"
    assert not is_breached(it, ALWAYS, 5000)
    again = plan(resume(it, 1000), ALWAYS, 1000)
    assert (again.due_at, again.paused_seconds) == (1200, 900)
    assert pause(again, ALWAYS, 1100, CUSTOMER).used_seconds == 200


def test_what_happened_late_is_late_even_if_nobody_looked_meanwhile() -> None:
    assert is_breached(end(clock(), ALWAYS, 301, met=True), ALWAYS, 9999)
    assert not is_breached(end(clock(), ALWAYS, 299, met=True), ALWAYS, 9999)


@pytest.mark.parametrize(
    ("zone", "begun", "target", "warned", "due"),
    [
        # across midnight, a weekend, a holiday
        (MADRID, "2026-11-30T17:00", 2, "2026-12-01T09:36", "2026-12-01T10:00"),
        (MADRID, "2026-12-04T17:00", 5, "2026-12-07T12:00", "2026-12-07T13:00"),
        (MADRID, "2026-12-24T17:00", 5, "2026-12-28T12:00", "2026-12-28T13:00"),
        # the nights in which clocks are set, forward and back
        (MADRID, "2026-03-27T17:00", 5, "2026-03-30T12:00", "2026-03-30T13:00"),
        (MADRID, "2026-10-23T17:00", 5, "2026-10-26T12:00", "2026-10-26T13:00"),
        (NEW_YORK, "2026-03-06T17:00", 5, "2026-03-09T12:00", "2026-03-09T13:00"),
        (NEW_YORK, "2026-10-30T17:00", 5, "2026-11-02T12:00", "2026-11-02T13:00"),
        (ADELAIDE, "2026-10-02T17:00", 5, "2026-10-05T12:00", "2026-10-05T13:00"),
        (SAO_PAULO, "2026-10-16T17:00", 5, "2026-10-19T12:00", "2026-10-19T13:00"),
    ],
)
def test_targets_are_working_time(
    zone: str, begun: str, target: float, warned: str, due: str
) -> None:
    works = Calendar(OFFICE, zone, (Holiday("12-25"),))
    it = clock(works, at(begun, zone), target=target * HOUR)
    assert it.due_at == at(due, zone)
    assert it.look_at == pytest.approx(at(warned, zone))
    assert not is_breached(it, works, at(due, zone) - 1)
    assert is_breached(it, works, at(due, zone))


def test_who_writes_at_night_after_a_pause_makes_no_one_late_before_the_morning() -> None:
    works = Calendar(OFFICE, MADRID)
    it = pause(
        clock(works, at("2026-11-30T17:00"), target=2 * HOUR),
        works,
        at("2026-11-30T17:30"),
        CUSTOMER,
    )
    it = plan(resume(it, at("2026-11-30T23:00")), works, at("2026-11-30T23:00"))
    assert it.due_at == at("2026-12-01T10:30")


def test_a_clock_that_is_set_back_takes_nothing_from_it() -> None:
    it = clock(moment=1000)
    assert used_at(it, ALWAYS, 400) == 0
    paused = pause(it, ALWAYS, 400, CUSTOMER)
    assert (paused.used_seconds, paused.paused_since) == (0, 1000)
    resumed = resume(paused, 500)
    assert (resumed.running_since, resumed.paused_seconds) == (1000, 0)


def test_another_promise_keeps_what_was_used() -> None:
    it = move(clock(), ALWAYS, ALWAYS, 100, target=600, warn_percent=50)
    assert it.due_at == 600
    assert it.look_at == 300


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-300, 4 * 3600)), max_size=12),
    st.sampled_from([ALWAYS, Calendar(OFFICE, MADRID), Calendar(OFFICE, ADELAIDE)]),
    st.integers(1_790_000_000, 1_800_000_000).map(float),
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_it_counts_the_working_time_in_which_it_ran(
    steps: list[tuple[bool, int]], calendar: Calendar, begun: float
) -> None:
    it, moment, since, ran = clock(calendar, begun, target=8 * HOUR), begun, begun, 0.0
    running = True
    for stop, seconds in steps:
        moment = max(moment + seconds, since)
        if stop and running:
            ran += working_between(calendar, since, moment)
            it, running, since = pause(it, calendar, moment, CUSTOMER), False, moment
        elif not stop and not running:
            it, running, since = resume(it, moment), True, moment
        if is_near(it, calendar, moment):
            it = msgspec.structs.replace(it, warned_at=moment)
        if is_breached(it, calendar, moment):
            it = msgspec.structs.replace(it, breached_at=moment)
        it = plan(it, calendar, moment)
        total = ran + (working_between(calendar, since, moment) if running else 0.0)
        assert used_at(it, calendar, moment) == pytest.approx(total)
        if it.look_at is not None and it.look_at > moment + 1:
            # Nothing is due before it is looked at.
            assert not is_breached(it, calendar, it.look_at - 1)
            assert not is_near(it, calendar, it.look_at - 1)
