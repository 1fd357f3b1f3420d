"""Clocks of hand-overs in the database: each promise is told of once, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Row, insert, select, update

from recado.conversations.messages import append_message
from recado.conversations.model import Conversation
from recado.conversations.ownership import hand_back, require_conversation, resolve
from recado.escalation.clocks.levels import Level, ServiceLevels, read_levels, write_levels
from recado.escalation.clocks.model import ServiceClock
from recado.escalation.clocks.running import settle_clocks
from recado.escalation.clocks.tending import tend_clocks
from recado.escalation.departments.model import Department
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.model import Escalation
from recado.events import Event, SlaBreached, SlaWarned
from recado.maintenance.schedule import Every
from recado.maintenance.scheduler import Scheduler, Task
from recado.runtime import Runtime
from recado.sending.speak import say
from recado.store import Tx, now
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import make_runtime_on

HOUR = 3600.0


class Told:
    """What was announced, once it was durable."""

    def __init__(self, events: asyncio.Queue[Event]) -> None:
        self._events = events
        self._seen: list[Event] = []

    def of(self, kind: type[Event]) -> list[Any]:
        while not self._events.empty():
            self._seen.append(self._events.get_nowait())
        return [it for it in self._seen if type(it) is kind]


class Team:
    """A conversation that was handed over, and what can happen to it. `moment` is the leader's
    clock, in seconds since the hand-over."""

    def __init__(self, runtime: Runtime, told: Told) -> None:
        self.runtime = runtime
        self.told = told
        self.id = ""
        self.begun = 0.0

    async def promise(self, *levels: Level) -> None:
        given = ServiceLevels(tuple(levels))
        await self.runtime.store.write(lambda tx: write_levels(tx, given, actor="api"))

    async def handed_over(self, *, department: str = "", priority: str = "normal") -> None:
        def work(tx: Tx) -> str:
            id = add_conversation(tx, add_line(tx, channel="web"))
            grounds = Grounds(50, [], priority, department, "", "es")
            hand_over(tx, require_conversation(tx, id, to_change=True), grounds)
            return id

        self.id = await self.runtime.store.write(work)
        self.begun = (await self.clocks())[0].created_at

    async def answers(self) -> None:
        await self.runtime.store.write(
            lambda tx: say(tx, self.runtime, self.id, text="Hola", actor="api", user_id=None)
        )

    async def contact_writes(self) -> None:
        def work(tx: Tx) -> None:
            append_message(
                tx, self.id, direction="inbound", author="contact", type="text", text="¿?",
                content={}, in_reply_to=[], status="received",
            )  # fmt: skip
            settle_clocks(tx, self.runtime.metrics, self.id, now())

        await self.runtime.store.write(work)

    async def earlier(self, seconds: float) -> None:
        """All that has happened so far was so long before: time has passed."""

        def work(tx: Tx) -> None:
            times = ("running_since", "paused_since", "due_at", "look_at", "created_at")
            columns = {it: getattr(ServiceClock, it) - seconds for it in times}
            tx.execute(update(ServiceClock).values(**columns))

        await self.runtime.store.write(work)

    async def look(self, seconds: float, *, by: Runtime | None = None) -> None:
        runtime = by or self.runtime
        runtime.clock = lambda: self.begun + seconds  # type: ignore[assignment]  # a clock
        await tend_clocks(runtime)

    async def clocks(self) -> Sequence[Row[Any]]:
        query = select(ServiceClock.__table__).order_by(ServiceClock.kind)
        return await self.runtime.store.read(lambda tx: tx.all(query))

    async def clock(self, kind: str) -> Row[Any]:
        return next(it for it in await self.clocks() if it.kind == kind)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    async with (
        make_runtime_on(request.param, tmp_path) as runtime,
        runtime.bus.subscribe() as events,
    ):
        yield Team(runtime, Told(events))


async def test_five_minutes_are_promised_where_nobody_says_otherwise(team: Team) -> None:
    await team.handed_over()
    (clock,) = await team.clocks()
    assert (clock.kind, clock.target_seconds) == ("first_reply", 300)
    promised = await team.runtime.store.read(lambda tx: tx.scalar(select(Escalation.due_at)))
    assert promised == clock.due_at == clock.created_at + 300


async def test_the_most_exact_level_counts(team: Team) -> None:
    await team.promise(
        Level(first_reply_seconds=600),
        Level(priority="urgent", first_reply_seconds=60),
        Level(department="sales", first_reply_seconds=1200, resolution_seconds=4 * HOUR),
        Level(department="sales", priority="urgent", first_reply_seconds=30),
    )
    levels = await team.runtime.store.read(read_levels)
    asked = [("sales", "urgent"), ("sales", "low"), ("billing", "urgent"), ("billing", "low")]
    assert [levels.level_for(*it).first_reply_seconds for it in asked] == [30, 1200, 60, 600]
    await team.handed_over(department="sales")
    assert [it.target_seconds for it in await team.clocks()] == [1200, 4 * HOUR]


async def test_it_is_warned_and_then_told_of_the_breach_each_once(team: Team) -> None:
    await team.handed_over(priority="high")
    await team.look(239)
    assert not team.told.of(SlaWarned)
    for seconds in (240, 250, 299):
        await team.look(seconds)
    (warned,) = team.told.of(SlaWarned)
    assert (warned.target, warned.priority, warned.conversation_id) == (
        "first_reply",
        "high",
        team.id,
    )
    assert not team.told.of(SlaBreached)
    for seconds in (300, 310, 4000):
        await team.look(seconds)
    assert len(team.told.of(SlaBreached)) == len(team.told.of(SlaWarned)) == 1
    text = team.runtime.metrics.text().decode()
    breaches = 'recado_service_level_breaches_total{priority="high",target="first_reply"} 1.0'
    assert breaches in text


async def test_whoever_was_away_for_long_tells_of_the_breach_alone(team: Team) -> None:
    await team.handed_over()
    await team.look(7 * 86400)
    assert len(team.told.of(SlaBreached)) == 1
    assert not team.told.of(SlaWarned)


async def test_two_leaders_for_a_moment_tell_it_once(team: Team) -> None:
    await team.handed_over()
    for seconds in (240, 300):
        team.runtime.clock = lambda at=seconds: team.begun + at  # type: ignore[assignment]
        await asyncio.gather(*(tend_clocks(team.runtime) for _ in range(4)))
    assert len(team.told.of(SlaWarned)) == len(team.told.of(SlaBreached)) == 1


async def test_a_clock_that_is_set_back_tells_nothing_again(team: Team) -> None:
    await team.handed_over()
    for seconds in (300, -3600, 100, 240, 300, 301):
        await team.look(seconds)
    assert len(team.told.of(SlaBreached)) == 1
    assert not team.told.of(SlaWarned)


async def test_the_reply_of_a_person_keeps_the_promise(team: Team) -> None:
    await team.handed_over()
    await team.answers()
    clock = await team.clock("first_reply")
    assert clock.met_at is not None
    assert clock.look_at is None
    await team.look(4000)
    assert not team.told.of(SlaBreached)
    text = team.runtime.metrics.text().decode()
    assert 'recado_service_level_seconds_count{priority="normal",target="first_reply"} 1.0' in text


async def test_a_reply_that_comes_late_is_told_of_at_once_and_not_again(team: Team) -> None:
    await team.handed_over()
    await team.earlier(400)
    await team.answers()
    assert len(team.told.of(SlaBreached)) == 1
    clock = await team.clock("first_reply")
    assert clock.used_seconds >= 400
    await team.look(4000)
    assert len(team.told.of(SlaBreached)) == 1


async def test_what_the_assistant_says_is_no_reply(team: Team) -> None:
    await team.handed_over()  # with a word to the contact, from the system
    await team.look(100)
    assert (await team.clock("first_reply")).met_at is None


async def test_resolution_stands_still_while_the_customer_is_awaited(team: Team) -> None:
    await team.promise(Level(resolution_seconds=HOUR))
    await team.handed_over()
    await team.answers()
    clock = await team.clock("resolution")
    assert (clock.paused_by, clock.due_at) == ("customer", None)
    await team.earlier(10 * HOUR)
    await team.look(5 * HOUR)
    assert not team.told.of(SlaWarned)
    await team.contact_writes()
    clock = await team.clock("resolution")
    assert clock.paused_by == ""
    assert clock.paused_seconds > 9 * HOUR
    assert clock.due_at - now() == pytest.approx(HOUR, abs=60)
    await team.runtime.store.write(lambda tx: resolve(tx, team.id, actor="api"))
    clock = await team.clock("resolution")
    assert clock.met_at is not None
    assert clock.used_seconds < 60


async def test_what_nobody_counted_is_counted_by_the_next_look(team: Team) -> None:
    """Another process was there, of an older version."""
    await team.promise(Level(resolution_seconds=HOUR))
    await team.handed_over()

    def another(tx: Tx) -> None:
        for direction, author in (("outbound", "agent"), ("inbound", "contact")):
            append_message(
                tx, team.id, direction=direction, author=author, type="text", text="Hola",
                content={}, in_reply_to=[], status="sent",
            )  # fmt: skip

    await team.runtime.store.write(another)
    await team.look(4000)
    assert not [it for it in team.told.of(SlaBreached) if it.target == "first_reply"]
    assert (await team.clock("first_reply")).met_at < team.begun + 60
    (breached,) = team.told.of(SlaBreached)
    assert breached.target == "resolution"


@pytest.mark.parametrize("give_up", [hand_back, resolve])
async def test_who_is_handed_back_without_a_reply_is_waited_for_no_more(
    team: Team, give_up: Any
) -> None:
    await team.promise(Level(resolution_seconds=HOUR))
    await team.handed_over()
    await team.runtime.store.write(lambda tx: give_up(tx, team.id, actor="api"))
    first, resolution = await team.clocks()
    assert (first.met_at, first.ended_at is not None) == (None, True)
    assert resolution.met_at is not None
    await team.look(4000)
    assert not team.told.of(SlaBreached)


async def test_another_department_has_its_own_promise(team: Team) -> None:
    await team.promise(Level(), Level(department="billing", first_reply_seconds=900))
    await team.handed_over(department="sales")
    await team.runtime.store.write(
        lambda tx: tx.execute(update(Escalation).values(department="billing"))
    )
    await team.look(250)  # it would have been warned
    clock = await team.clock("first_reply")
    assert (clock.department, clock.target_seconds, clock.warned_at) == ("billing", 900, None)
    promised = await team.runtime.store.read(lambda tx: tx.scalar(select(Escalation.due_at)))
    assert promised == pytest.approx(team.begun + 900)


async def test_a_conversation_that_is_put_off_waits_for_nobody(team: Team) -> None:
    await team.handed_over()

    def state(value: str) -> Any:
        return lambda tx: tx.execute(update(Conversation).values(state=value))

    await team.runtime.store.write(state("snoozed"))
    await team.look(250)
    assert (await team.clock("first_reply")).paused_by == "snooze"
    await team.look(50_000)
    assert not team.told.of(SlaBreached)
    await team.runtime.store.write(state("waiting"))
    await team.look(60_000)
    assert not team.told.of(SlaBreached)
    await team.look(60_051)
    assert len(team.told.of(SlaBreached)) == 1


async def test_a_change_of_targets_holds_for_the_next_hand_over(team: Team) -> None:
    await team.handed_over()
    await team.promise(Level(first_reply_seconds=60))
    await team.look(200)
    assert not team.told.of(SlaBreached)
    assert (await team.clocks())[0].target_seconds == 300


async def test_the_next_leader_goes_on_where_the_last_one_died(
    team: Team,
) -> None:
    await team.handed_over()
    clock = lambda: team.begun + 245.0  # noqa: E731
    team.runtime.clock = clock  # type: ignore[assignment]
    tasks = [Task("service clocks", Every(10.0), tend_clocks, at_once=True)]
    first = Scheduler(team.runtime, tasks, clock=clock)
    assert await first.lead()
    await first.run_due()
    later = lambda: team.begun + 400.0  # noqa: E731
    team.runtime.clock = later  # type: ignore[assignment]
    second = Scheduler(team.runtime, tasks, clock=later)
    assert await second.lead()
    await second.run_due()
    assert len(team.told.of(SlaWarned)) == len(team.told.of(SlaBreached)) == 1


async def test_events_say_what_the_catalogue_says(team: Team) -> None:
    await team.handed_over(department="sales", priority="urgent")
    await team.look(301)
    (event,) = team.told.of(SlaBreached)
    data = msgspec.to_builtins(event)
    assert data["event_type"] == "sla_breached"
    assert (data["department"], data["priority"], data["target_seconds"]) == (
        "sales",
        "urgent",
        300,
    )
    assert data["due_at"].endswith("+00:00")


async def test_the_clock_of_a_department_runs_in_its_own_hours(team: Team) -> None:
    hours = {"mon": [["09:00", "09:10"]]}
    given = {"key": "billing", "name": "Caja", "hours": hours, "time_zone": "Asia/Kathmandu"}

    def add(tx: Tx) -> None:
        tx.execute(insert(Department), columns(Department, **given, created_at=now()))

    await team.runtime.store.write(add)
    await team.handed_over(department="billing")
    (clock,) = await team.clocks()
    local = datetime.fromtimestamp(clock.due_at, ZoneInfo("Asia/Kathmandu"))
    assert local.weekday() == 0
    assert time(9, 0) <= local.time() <= time(9, 10)
