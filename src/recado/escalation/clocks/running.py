"""The clocks of hand-overs in the database: begun with the hand-over, brought up to what has
happened in the same transaction, and looked at by the leader when they may be due.

What has happened is read from the conversation: its messages since the last one that was counted,
its state, its hand-over. So nothing depends on who noticed it first, and what another process or an
older version did not count is counted by the next look. Whoever looks holds the conversation's
lock, and writes on the state that was read: each warning and each breach is announced once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, update

from recado.calendars.working_time import Calendar
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Conversation, Message
from recado.escalation.clocks import clock as clocks
from recado.escalation.clocks.clock import FIRST_REPLY, RESOLUTION, Clock, Kind
from recado.escalation.clocks.levels import ServiceLevels, calendar_of, read_levels
from recado.escalation.clocks.model import ServiceClock
from recado.escalation.model import Escalation
from recado.events import SlaBreached, SlaWarned
from recado.observability.metrics import Metrics
from recado.store import Tx, new_id
from recado.store.prepared import prepare

#: So many messages are counted in one transaction.
MOST_MESSAGES = 2000
SNOOZED = "snoozed"
#: The states in which nothing is left for the team to do.
SETTLED = frozenset({"bot", "resolved"})

# Built once: most conversations that people have in hand have no clock.
_ANY = prepare(
    select(ServiceClock.id)
    .where(ServiceClock.conversation_id == bindparam("conversation"))
    .where(ServiceClock.ended_at.is_(None))
    .limit(1)
)


def start_clocks(
    tx: Tx,
    escalation_id: str,
    conversation: Row[Any],
    *,
    department: str,
    priority: str,
    moment: float,
) -> float:
    """Begin what is promised to a hand-over. Returns when the first reply is due."""
    levels = read_levels(tx)
    level = levels.level_for(department, priority)
    calendar = calendar_of(tx, levels, department)
    targets: list[tuple[Kind, float | None]] = [
        ("first_reply", level.first_reply_seconds),
        ("resolution", level.resolution_seconds),
    ]
    due_at = moment
    for kind, target in targets:
        if target is None:
            continue
        begun = clocks.begin(
            kind,
            calendar,
            moment,
            target=target,
            warn_percent=level.warn_percent,
            seen_to=conversation.message_count,
        )
        about = {"escalation_id": escalation_id, "conversation_id": conversation.id}
        whose = {"department": department, "priority": priority, "revision": 0}
        row = {"id": new_id(), **about, **whose, "created_at": moment}
        tx.execute(insert(ServiceClock), {**row, **msgspec.structs.asdict(begun)})
        if kind == FIRST_REPLY and begun.due_at is not None:
            due_at = begun.due_at
    return due_at


def settle_clocks(tx: Tx, metrics: Metrics, conversation_id: str, moment: float) -> int:
    """Bring a conversation's clocks up to what has happened by then, and announce what is near its
    target or over it. Returns how many of them changed. Locks the conversation where it has any."""
    if tx.first(_ANY, {"conversation": conversation_id}) is None:
        return 0
    open_ones = (ServiceClock.conversation_id == conversation_id, ServiceClock.ended_at.is_(None))
    about = select(Conversation.state, Conversation.contact_id, Conversation.deleted_at)
    locked = about.where(Conversation.id == conversation_id).with_for_update()
    conversation = tx.first(locked)
    rows = tx.all(select(ServiceClock.__table__).where(*open_ones).order_by(ServiceClock.id))
    if conversation is None or not rows:
        return 0
    return _Settling(tx, metrics, conversation, rows, moment).all()


class _Settling:
    """One look at the clocks of one conversation."""

    def __init__(
        self,
        tx: Tx,
        metrics: Metrics,
        conversation: Row[Any],
        rows: Sequence[Row[Any]],
        moment: float,
    ) -> None:
        self._tx = tx
        self._metrics = metrics
        self._conversation = conversation
        self._rows = rows
        self._moment = moment
        self._levels: ServiceLevels = read_levels(tx)
        self._calendars: dict[str, Calendar] = {}
        self._handovers = self._read_handovers()
        self._messages = list(self._said_since(min(row.seen_to for row in rows)))

    def all(self) -> int:
        return sum(self._settle(row) for row in self._rows)

    def _settle(self, row: Row[Any]) -> bool:
        before = Clock(**{name: getattr(row, name) for name in Clock.__struct_fields__})
        handover = self._handovers.get(row.escalation_id)
        clock = self._moved(before, row, handover)
        calendar = self._calendar(handover.department if handover else row.department)
        clock = self._counted(clock, calendar)
        clock = self._held(clock, calendar)
        clock = self._closed(clock, calendar, handover)
        return self._write(row, handover, before, clock, calendar)

    def _moved(self, clock: Clock, row: Row[Any], handover: Row[Any] | None) -> Clock:
        """It belongs to another department, or is of another priority."""
        if handover is None:
            return clock
        if (handover.department, handover.priority) == (row.department, row.priority):
            return clock
        level = self._levels.level_for(handover.department, handover.priority)
        first = clock.kind == FIRST_REPLY
        target = level.first_reply_seconds if first else level.resolution_seconds
        before, after = self._calendar(row.department), self._calendar(handover.department)
        if target is None:
            return clocks.end(clock, before, self._moment, met=False)
        return clocks.move(
            clock, before, after, self._moment, target=target, warn_percent=level.warn_percent
        )

    def _counted(self, clock: Clock, calendar: Calendar) -> Clock:
        for message in self._messages:
            if clock.is_over or message.position <= clock.seen_to:
                continue
            clock = msgspec.structs.replace(clock, seen_to=message.position)
            at = min(message.created_at, self._moment)
            if message.direction == "outbound":
                if clock.kind == FIRST_REPLY:
                    clock = clocks.end(clock, calendar, at, met=True)
                else:
                    clock = clocks.pause(clock, calendar, at, clocks.CUSTOMER)
            elif clock.paused_by:
                clock = clocks.resume(clock, at)
        return clock

    def _held(self, clock: Clock, calendar: Calendar) -> Clock:
        """A conversation that is put off waits for nobody of the team."""
        if self._conversation.state == SNOOZED:
            return clocks.pause(clock, calendar, self._moment, clocks.SNOOZE)
        if clock.paused_by == clocks.SNOOZE:
            return clocks.resume(clock, self._moment)
        return clock

    def _closed(self, clock: Clock, calendar: Calendar, handover: Row[Any] | None) -> Clock:
        if handover is None or self._conversation.deleted_at is not None:
            return clocks.end(clock, calendar, self._moment, met=False)
        if handover.closed_at is not None:
            at = min(handover.closed_at, self._moment)
        elif self._conversation.state in SETTLED:  # its hand-over is closed right after
            at = self._moment
        else:
            return clock
        return clocks.end(clock, calendar, at, met=clock.kind == RESOLUTION)

    def _write(
        self,
        row: Row[Any],
        handover: Row[Any] | None,
        before: Clock,
        clock: Clock,
        calendar: Calendar,
    ) -> bool:
        breached = clocks.is_breached(clock, calendar, self._moment)
        near = not breached and clocks.is_near(clock, calendar, self._moment)
        if breached:
            clock = msgspec.structs.replace(clock, breached_at=self._moment)
        elif near:
            clock = msgspec.structs.replace(clock, warned_at=self._moment)
        clock = clocks.plan(clock, calendar, self._moment)
        whose = {"department": row.department, "priority": row.priority}
        if handover is not None:
            whose = {"department": handover.department, "priority": handover.priority}
        if clock == before and all(getattr(row, name) == it for name, it in whose.items()):
            return False
        same = ServiceClock.id == row.id, ServiceClock.revision == row.revision
        values = {**msgspec.structs.asdict(clock), **whose, "revision": row.revision + 1}
        if self._tx.execute(update(ServiceClock).where(*same).values(**values)).rowcount == 0:
            return False  # another has counted it meanwhile
        self._keep_promise(row, before, clock)
        self._tell(row, clock, whose, breached=breached, near=near)
        return True

    def _keep_promise(self, row: Row[Any], before: Clock, clock: Clock) -> None:
        """The list of those who wait is in the order of when a person is promised."""
        if clock.kind == FIRST_REPLY and clock.due_at not in (None, before.due_at):
            own = update(Escalation).where(Escalation.id == row.escalation_id)
            self._tx.execute(own.values(due_at=clock.due_at))

    def _tell(
        self, row: Row[Any], clock: Clock, whose: Mapping[str, str], *, breached: bool, near: bool
    ) -> None:
        tx, metrics = self._tx, self._metrics
        priority = whose["priority"]
        if clock.met_at is not None:
            tx.after_commit(
                lambda: metrics.clock_met(clock.kind, priority, max(clock.used_seconds, 0.0))
            )
        if breached:
            tx.after_commit(lambda: metrics.clock_breached(clock.kind, priority))
        if breached or near:
            due_at = clock.due_at or row.due_at or self._moment
            event = (SlaBreached if breached else SlaWarned)(
                conversation_id=row.conversation_id,
                user_id=self._conversation.contact_id,
                escalation_id=row.escalation_id,
                target=clock.kind,
                department=whose["department"],
                priority=priority,
                target_seconds=clock.target_seconds,
                due_at=datetime.fromtimestamp(due_at, UTC).isoformat(),
            )
            tx.announce(event)

    def _calendar(self, department: str) -> Calendar:
        if department not in self._calendars:
            self._calendars[department] = calendar_of(self._tx, self._levels, department)
        return self._calendars[department]

    def _read_handovers(self) -> dict[str, Row[Any]]:
        columns = Escalation.id, Escalation.department, Escalation.priority, Escalation.closed_at
        ids = {row.escalation_id for row in self._rows}
        found = self._tx.all(select(*columns).where(Escalation.id.in_(ids)))
        return {row.id: row for row in found}

    def _said_since(self, position: int) -> Iterator[Row[Any]]:
        """What a person of the team has said, and what the contact has said."""
        columns = Message.position, Message.direction, Message.author, Message.created_at
        mine = Message.conversation_id == self._rows[0].conversation_id
        speaks = Message.type.not_in(SILENT_TYPES), Message.author.in_(("agent", "contact"))
        said = select(*columns).where(mine, Message.position > position, *speaks)
        yield from self._tx.all(said.order_by(Message.position).limit(MOST_MESSAGES))
