"""What waits for a department is offered to the right person, and nobody is left without a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, text, update

from recado.calendars.week import DAYS
from recado.conversations.model import Conversation, ConversationEvent, Message
from recado.conversations.ownership import (
    hand_back,
    require_conversation,
    resolve,
    snooze,
    take_over,
)
from recado.conversations.weaving import weave
from recado.errors import Conflict, NotFound, Unprocessable
from recado.escalation.departments.availability import set_availability
from recado.escalation.departments.registry import add_department, set_member
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.model import Escalation
from recado.escalation.routing.choosing import Candidate, Wanted, choose
from recado.escalation.routing.jobs import run
from recado.escalation.routing.requests import assign, escalate, requeue
from recado.events import TicketOpened
from recado.jobs import RoutingJob
from recado.runtime import Runtime
from recado.security.users import add_user, disable_user
from recado.store import Tx, now
from tests.support.conversations import add_conversation
from tests.support.runtime import make_runtime_on


class Team:
    """A shop with a department, its people, and customers who want one."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.people: dict[str, str] = {}

    async def write(self, work: Any) -> Any:
        return await self.runtime.store.write(work)

    async def open(self, key: str = "sales", **given: Any) -> None:
        await self.write(lambda tx: add_department(tx, {"key": key, **given}, actor="api"))

    async def hire(
        self, name: str, *departments: str, role: str = "agent", online: bool = True, **given: Any
    ) -> str:
        def work(tx: Tx) -> str:
            user_id = add_user(tx, email=f"{name}@cafe.mx", name=name, role=role)
            for key in departments or ("sales",):
                set_member(tx, key, user_id, actor="api", **given)
            set_availability(tx, user_id, "online" if online else "away")
            return user_id

        self.people[name] = await self.write(work)
        return self.people[name]

    async def customer(self, name: str = "Lucía", **values: Any) -> str:
        line = await self.runtime.lines.at("web", "simulator")
        assert line is not None
        id: str = await self.write(lambda tx: add_conversation(tx, line.id, name=name, **values))
        return id

    async def wants(self, id: str, department: str = "sales", summary: str = "") -> None:
        def work(tx: Tx) -> None:
            grounds = Grounds(80, [], "medium", department, summary, "es")
            hand_over(tx, require_conversation(tx, id, to_change=True), grounds)

        await self.write(work)

    async def waiting_customer(self, **wish: str) -> str:
        id = await self.customer()
        await self.wants(id, **wish)
        return id

    async def row(self, id: str) -> Row[Any]:
        return await self.runtime.store.read(lambda tx: require_conversation(tx, id))

    async def whose(self, id: str) -> str:
        row = await self.row(id)
        names = {it: name for name, it in self.people.items()}
        return f"{row.state}:{names.get(row.assignee_id, '')}"

    async def ticket(self, id: str) -> Row[Any]:
        found = select(Escalation.__table__).where(Escalation.conversation_id == id)
        rows = await self.runtime.store.read(lambda tx: tx.all(found.order_by(Escalation.id)))
        return rows[-1]

    async def log(self, id: str) -> list[str]:
        names = select(ConversationEvent.name).where(ConversationEvent.conversation_id == id)
        ordered = names.order_by(ConversationEvent.created_at, ConversationEvent.id)
        return [row.name for row in await self.runtime.store.read(lambda tx: tx.all(ordered))]

    async def said(self, id: str) -> list[str]:
        texts = select(Message.text).where(Message.conversation_id == id)
        rows = await self.runtime.store.read(lambda tx: tx.all(texts.order_by(Message.position)))
        return [row.text for row in rows]

    async def jobs(self) -> list[RoutingJob]:
        query = text("SELECT body FROM job WHERE queue = 'routing' ORDER BY seq")
        rows = await self.runtime.store.read(lambda tx: tx.all(query))
        return [msgspec.json.decode(row.body, type=RoutingJob) for row in rows]

    async def due(self, *what: str) -> Sequence[RoutingJob]:
        """Run the jobs of routing that wait, whatever their time. Returns them."""
        jobs = [it for it in await self.jobs() if not what or it.what in what]
        for job in jobs:
            await run(self.runtime, RoutingJob(job.what, job.subject, job.stamp))
        return jobs


@pytest.fixture(params=["sqlite", "postgresql"])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield Team(runtime)


async def test_without_departments_it_waits_for_everybody(team: Team) -> None:
    id = await team.waiting_customer()
    assert await team.whose(id) == "waiting:"
    assert await team.due() == []


async def test_whoever_has_least_to_do_is_next_until_nobody_has_room(team: Team) -> None:
    await team.open()
    await team.hire("ana", capacity=2)
    await team.hire("bob", capacity=1)
    ids = [await team.waiting_customer() for _ in range(4)]
    whose = [await team.whose(id) for id in ids]
    assert sorted(whose) == ["waiting:", "waiting:ana", "waiting:ana", "waiting:bob"]
    assert whose[3] == "waiting:"
    taken = ids[whose.index("waiting:bob")]
    bob = team.people["bob"]
    await team.write(lambda tx: take_over(tx, taken, actor=f"user:{bob}", user_id=bob))
    assert await team.whose(taken) == "human:bob"
    await team.due("room")
    assert await team.whose(ids[3]) == "waiting:"  # still one each
    await team.write(lambda tx: resolve(tx, taken, actor=f"user:{bob}"))
    await team.due("room")
    assert await team.whose(ids[3]) == "waiting:bob"


async def test_whoever_has_room_again_gets_the_most_urgent_first(team: Team) -> None:
    await team.open()
    await team.hire("ana", capacity=1, online=False)
    by = {}
    for priority in ("normal", "high", "urgent", "low"):
        by[priority] = await team.waiting_customer()
        of_it = Escalation.conversation_id == by[priority]
        changed = update(Escalation).where(of_it).values(priority=priority)
        await team.write(lambda tx, it=changed: tx.execute(it))
    ana = team.people["ana"]
    served = []
    await team.write(lambda tx: set_availability(tx, ana, "online"))
    for _ in by:
        await team.due("room")
        (offered,) = [it for it in by if await team.whose(by[it]) == "waiting:ana"]
        served.append(offered)
        await team.write(lambda tx, it=by[offered]: resolve(tx, it, actor=f"user:{ana}"))
    assert served == ["urgent", "high", "normal", "low"]


async def test_nobody_who_is_away_or_of_another_department_is_asked(team: Team) -> None:
    await team.open()
    await team.open("billing")
    await team.hire("ana", online=False)
    await team.hire("bob", "billing")
    id = await team.waiting_customer()
    assert await team.whose(id) == "waiting:"
    ana = team.people["ana"]
    await team.write(lambda tx: set_availability(tx, ana, "online"))
    await team.due("room")
    assert await team.whose(id) == "waiting:ana"


async def test_who_goes_away_gives_back_what_they_were_offered(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    taken = await team.waiting_customer()
    await team.write(lambda tx: take_over(tx, taken, actor=f"user:{ana}", user_id=ana))
    await team.hire("bob")
    await team.write(lambda tx: set_availability(tx, ana, "away"))
    await team.due("away")
    assert await team.whose(id) == "waiting:bob"
    assert await team.whose(taken) == "human:ana"


async def test_manual_and_closed_departments_keep_it_in_the_queue(team: Team) -> None:
    await team.open("sales", strategy="manual")
    far = DAYS[(datetime.now(UTC).weekday() + 3) % 7]
    await team.open("support", hours={far: [["09:00", "10:00"]]}, time_zone="Asia/Tokyo")
    await team.hire("ana", "sales", "support")
    manual, closed = (
        await team.waiting_customer(),
        await team.waiting_customer(department="support"),
    )
    assert await team.whose(manual) == "waiting:"
    assert await team.whose(closed) == "waiting:"
    said = (await team.said(closed))[-1]
    assert "Ahora estamos cerrados. Abrimos el" in said
    assert "a las 09:00. Entonces te responde" in said


async def test_two_replicas_never_give_somebody_more_than_they_take(team: Team) -> None:
    await team.open()
    await team.open("billing")
    await team.hire("ana", "sales", "billing", capacity=3)
    ids = [await team.customer(f"C{number}") for number in range(8)]
    keys = ("sales", "billing")
    await asyncio.gather(*(team.wants(id, keys[n % 2]) for n, id in enumerate(ids)))
    whose = [await team.whose(id) for id in ids]
    assert whose.count("waiting:ana") == 3
    assert whose.count("waiting:") == 5


async def test_the_last_person_is_asked_first_where_that_is_wanted(team: Team) -> None:
    await team.open(strategy="round_robin")
    await team.hire("ana")
    bob = await team.hire("bob")
    id = await team.customer()
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{bob}", user_id=bob))
    await team.write(lambda tx: hand_back(tx, id, actor=f"user:{bob}"))
    for _ in range(2):
        await team.waiting_customer()
    await team.wants(id)
    assert await team.whose(id) == "waiting:bob"


async def test_nobody_came_is_said_once_with_a_time_that_is_true(team: Team) -> None:
    week = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    await team.open(hours=week, time_zone="America/Bogota", take_seconds=60)
    await team.hire("ana")
    id = await team.waiting_customer()
    (limit,) = [it for it in await team.due("limit") if it.what == "limit"]
    assert 50 < limit.at - now() <= 60
    said = (await team.said(id))[-1]
    assert "Perdona la espera" in said
    assert "hasta las 00:00" in said
    assert await team.whose(id) == "waiting:"
    count = len(await team.said(id))
    await team.due("limit")
    assert len(await team.said(id)) == count
    assert (await team.log(id)).count("timed_out") == 1


async def test_whoever_comes_in_time_hears_nothing_of_it(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{ana}", user_id=ana))
    count = len(await team.said(id))
    await team.due("limit")
    assert (len(await team.said(id)), await team.whose(id)) == (count, "human:ana")


async def test_the_limit_of_an_earlier_wait_does_not_end_a_later_one(team: Team) -> None:
    await team.open(if_nobody="assistant")
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    (first,) = [it for it in await team.jobs() if it.what == "limit"]
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{ana}", user_id=ana))
    await team.write(lambda tx: requeue(tx, id, actor=f"user:{ana}", but=ana))
    await run(team.runtime, RoutingJob("limit", id, first.stamp))
    assert (await team.row(id)).state == "waiting"


async def test_a_ticket_is_announced_and_the_matter_is_settled(team: Team) -> None:
    await team.open(if_nobody="ticket", settings={"ticket_email": "help@cafe.mx"})
    id = await team.waiting_customer(summary="quiere 20 tazas")
    async with team.runtime.bus.subscribe() as events:
        await team.due("limit")
        told = [events.get_nowait() for _ in range(events.qsize())]
    (opened,) = [it for it in told if isinstance(it, TicketOpened)]
    assert (opened.email, opened.context_summary) == ("help@cafe.mx", "quiere 20 tazas")
    assert opened.ticket in (await team.said(id))[-1]
    assert await team.whose(id) == "resolved:"


async def test_back_to_the_assistant_it_answers_what_nobody_has_answered(team: Team) -> None:
    await team.open(if_nobody="assistant")
    id = await team.waiting_customer()
    await team.write(lambda tx: asked(tx, id))
    await team.due("limit")
    assert await team.whose(id) == "bot:"
    waits = text("SELECT count(*) FROM job WHERE queue = 'turn'")
    assert await team.runtime.store.read(lambda tx: tx.scalar(waits)) == 1


async def test_a_colleague_a_department_the_queue_and_a_supervisor(team: Team) -> None:
    await team.open()
    await team.open("billing")
    ana = await team.hire("ana")
    await team.hire("bob", "billing")
    await team.hire("eva", role="supervisor", online=False)
    id = await team.waiting_customer()
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{ana}", user_id=ana))
    actor = f"user:{ana}"
    await team.write(lambda tx: assign(tx, id, actor=actor, department="billing"))
    assert await team.whose(id) == "waiting:bob"
    await team.write(lambda tx: assign(tx, id, actor=actor, user_id=ana))
    assert await team.whose(id) == "waiting:ana"
    await team.write(lambda tx: requeue(tx, id, actor=actor, but=ana))
    assert await team.whose(id) == "waiting:bob"
    await team.write(lambda tx: assign(tx, id, actor=actor, department="sales"))
    await team.write(lambda tx: escalate(tx, id, actor=actor))
    assert (await team.whose(id), (await team.ticket(id)).priority) == ("waiting:", "urgent")
    eva = team.people["eva"]
    await team.write(lambda tx: set_availability(tx, eva, "online"))
    await team.due("room")
    assert await team.whose(id) == "waiting:eva"
    with pytest.raises(Unprocessable):
        await team.write(lambda tx: assign(tx, id, actor=actor))


async def test_what_rests_comes_back_to_its_person_at_its_time(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana", capacity=1)
    id = await team.waiting_customer()
    actor = f"user:{ana}"
    await team.write(lambda tx: take_over(tx, id, actor=actor, user_id=ana))
    with pytest.raises(Unprocessable):
        await team.write(lambda tx: snooze(tx, id, actor=actor, until=now() - 1))
    until = now() + 3600
    await team.write(lambda tx: snooze(tx, id, actor=actor, until=until))
    assert ((await team.row(id)).snoozed_until, await team.whose(id)) == (until, "snoozed:ana")
    other = await team.waiting_customer()
    assert await team.whose(other) == "waiting:ana"  # what rests takes no room
    (job,) = [it for it in await team.jobs() if it.what == "wake"]
    await run(team.runtime, job)  # too early: it waits on
    assert await team.whose(id) == "snoozed:ana"
    await team.due("wake")
    assert (await team.whose(id), (await team.row(id)).snoozed_until) == ("human:ana", None)


async def test_what_rests_with_somebody_who_has_left_waits_for_others(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{ana}", user_id=ana))
    await team.write(lambda tx: snooze(tx, id, actor=f"user:{ana}", until=now() + 60))
    await team.hire("bob")
    await team.write(lambda tx: disable_user(tx, ana))
    await team.due("wake")
    assert await team.whose(id) == "waiting:bob"


async def test_what_is_not_in_the_table_is_refused_in_words(team: Team) -> None:
    id = await team.customer()
    with pytest.raises(Conflict, match="The conversation is bot: snooze needs one that is human"):
        await team.write(lambda tx: snooze(tx, id, actor="api", until=now() + 60))
    with pytest.raises(Conflict, match="requeue needs one that is waiting or human or snoozed"):
        await team.write(lambda tx: requeue(tx, id, actor="api"))
    with pytest.raises(Conflict, match="take over is not for timer to ask for"):
        await team.write(lambda tx: take_over(tx, id, actor="timer"))


def asked(tx: Tx, id: str) -> None:
    """The contact has asked something that nobody answered."""
    from recado.conversations.messages import append_inbound

    append_inbound(
        tx,
        id,
        type="text",
        text="¿Y entonces?",
        content={},
        provider_message_id="in-1",
        reply_to=None,
        sent_at=now(),
        raw=None,
    )
    tx.execute(update(Conversation).where(Conversation.id == id).values(unread_count=1))


ANA = Candidate("ana", 1, 5, asked_at=10, languages=("es",), skills=("vinos",))
BOB = Candidate("bob", 0, 5, asked_at=20, languages=("pt",), skills=("envíos",))
EVA = Candidate("eva", 2, 5, asked_at=5)


@pytest.mark.parametrize(
    ("strategy", "wanted", "chosen"),
    [
        ("least_busy", Wanted("fr"), "eva"),  # she takes every language
        ("least_busy", Wanted("pt"), "bob"),
        ("least_busy", Wanted("es"), "ana"),
        ("round_robin", Wanted("es", last="bob"), "bob"),
        ("least_busy", Wanted("pt", about="Pregunta por los VINOS de la casa"), "ana"),
        ("least_busy", Wanted("es", tags=("Envios",)), "bob"),
        ("manual", Wanted("es", last="ana"), None),
    ],
)
def test_language_skills_and_the_last_person_decide(
    strategy: str, wanted: Wanted, chosen: str | None
) -> None:
    assert choose([ANA, BOB, EVA], strategy, wanted) == chosen


def test_turns_are_taken_by_who_was_asked_longest_ago() -> None:
    people = [Candidate(name, 0, 9, asked_at=at) for name, at in (("a", 3), ("b", 1), ("c", 2))]
    assert choose(people, "round_robin", Wanted("es")) == "b"
    assert choose([], "round_robin", Wanted("es")) is None
    assert choose([Candidate("a", 2, 2)], "least_busy", Wanted("es", last="a")) is None


async def test_who_goes_away_changes_neither_the_limit_nor_whom_it_was_asked_for(
    team: Team,
) -> None:
    await team.open()
    ana = await team.hire("ana", online=False)
    eva = await team.hire("eva", role="supervisor")
    id = await team.waiting_customer()
    await team.write(lambda tx: escalate(tx, id, actor=f"user:{ana}"))
    assert await team.whose(id) == "waiting:eva"
    await team.write(lambda tx: set_availability(tx, ana, "online"))
    before = await team.ticket(id)
    await team.write(lambda tx: set_availability(tx, eva, "away"))
    await team.due("away", "room")
    after = await team.ticket(id)
    assert await team.whose(id) == "waiting:"
    kept = ("asked_role", "waiting_since", "timed_out_at")
    assert [getattr(after, it) for it in kept] == [getattr(before, it) for it in kept]
    assert after.asked_role == "supervisor"


async def test_what_nobody_came_to_is_offered_to_a_colleague_who_has_room(team: Team) -> None:
    await team.open(take_seconds=60, sticky=False)
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    bob = await team.hire("bob")
    assert await team.whose(id) == "waiting:ana"
    await team.due("limit")
    assert await team.whose(id) == "waiting:bob"
    assert {ana, bob} == set(team.people.values())


async def test_whoever_puts_it_back_does_not_get_it_again(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana")
    id = await team.waiting_customer()
    await team.write(lambda tx: take_over(tx, id, actor=f"user:{ana}", user_id=ana))
    await team.write(lambda tx: requeue(tx, id, actor=f"user:{ana}", but=ana))
    await team.due("room")
    assert await team.whose(id) == "waiting:"
    await team.hire("bob")
    await team.due("room")
    assert await team.whose(id) == "waiting:bob"


async def test_who_joins_a_department_or_may_take_more_is_given_what_waits(team: Team) -> None:
    await team.open()
    ana = await team.hire("ana", capacity=1)
    ids = [await team.waiting_customer() for _ in range(2)]
    await team.due("room")
    assert sorted([await team.whose(id) for id in ids]) == ["waiting:", "waiting:ana"]
    await team.write(lambda tx: set_member(tx, "sales", ana, actor="api", capacity=2))
    await team.due("room")
    assert [await team.whose(id) for id in ids] == ["waiting:ana", "waiting:ana"]


async def test_nobody_came_is_told_after_two_conversations_became_one(team: Team) -> None:
    await team.open(take_seconds=60)
    one, two = await team.waiting_customer(), await team.waiting_customer()
    moved = await team.row(two)

    def join(tx: Tx) -> None:
        kept, joined = (require_conversation(tx, id, to_change=True) for id in (one, two))
        weave(tx, kept, joined, name="Lucía")

    await team.write(join)
    with pytest.raises(NotFound):
        await team.row(moved.id)
    await team.due("joined")
    await team.due("limit")
    said = [it for it in await team.said(one) if "Perdona la espera" in it]
    assert len(said) == 1
