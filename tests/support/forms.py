"""Cases for every form of a step: the long one and the plain ones, on either database.

One case is taken in, answered and sent by each; a case is whatever may stand in the plain form's
way: who has the word, who is blocked, what is held, what came before, what happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from sqlalchemy import delete, insert, select, update

from recado.assistant.model import Turn as TurnRow
from recado.channels.messages import (
    Identity,
    InboundMessage,
    InboundStatus,
    OutboundMessage,
    SendReceipt,
)
from recado.channels.port import Line
from recado.channels.whatsapp import WhatsAppChannel
from recado.channels.whatsapp.parse import parse
from recado.conversations.held import hold
from recado.conversations.messages import Part, append_message
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
)
from recado.conversations.ownership import hand_back, resolve, take_over
from recado.escalation.handover import Grounds
from recado.escalation.model import Escalation
from recado.events import EventBus
from recado.inbound.intake import Intake
from recado.jobs import INBOUND, SEND, TURN, SendJob, TurnJob
from recado.queue.brokers.outbox_table import row_of
from recado.queue.inline_job import InlineJob
from recado.queue.model import OutboxRow
from recado.queue.port import Delivery, NewJob, Queue, QueueDepth
from recado.queue.worker import Defer
from recado.runtime import Runtime
from recado.sending.deliver import Deliver
from recado.sending.model import EarlyStatus
from recado.sending.rates import Rates
from recado.sending.resend import FAILED_IDS
from recado.store import Followers, Tx, new_id, now
from recado.turns.answerer import Decision, DecisionFacts, Effect, HandOver, Turn
from recado.turns.turn import ASSISTANT, Turns
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, reaction, text_message, webhook

SETTINGS = {
    "WHATSAPP_APP_SECRET": SECRET,
    "WHATSAPP_ACCESS_TOKEN": "a token",
    "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
    "RECADO_LINE_RATE_PER_SECOND": 100_000,
    "RECADO_PAIR_INTERVAL_SECONDS": 0.00001,
}
TABLES = (Message, ConversationEvent, TurnRow, Escalation)
WORDS = (
    "¿a qué hora abren mañana?",
    "hello, what time do you open tomorrow?",
    "você pode me dizer a que horas abre amanhã?",
    "ok",
    "",
    "STOP",
)
PARTS = (
    Part("Abrimos a las 7."),
    Part("Our menu", "image", {"image": {"link": "https://example.com/menu.jpg"}}),
    Part("", "location", {"location": {"latitude": 1.5, "longitude": 2.5}}),
)
CALLS = HandOver(
    Grounds(
        score=70,
        reasons=[{"code": "complaint", "weight": 70, "text": "A complaint"}],
        priority="high",
        department="support",
        summary="Wants help",
        language="es",
    )
)


@dataclass(frozen=True)
class Case:
    state: str
    blocked: bool
    removed: bool
    renamed: bool
    held_by: str
    language: str
    words: str
    unanswered: int
    #: What has come before the message: it itself, or a reaction to it.
    before: str
    late: bool
    parts: tuple[Part, ...]
    effects: tuple[Effect, ...]
    #: What happens while the answer is made, and before it is sent.
    meanwhile: str
    then: str


#: As nearly always; each case differs from it in a few things.
PLAIN = Case(
    state="bot",
    blocked=False,
    removed=False,
    renamed=False,
    held_by="",
    language="es",
    words=WORDS[0],
    unanswered=0,
    before="",
    late=False,
    parts=PARTS[:1],
    effects=(),
    meanwhile="",
    then="",
)
ODD: dict[str, Sequence[Any]] = {
    "state": ("waiting", "human", "resolved"),
    "blocked": (True,),
    "removed": (True,),
    "renamed": (True,),
    "held_by": ("assistant", "agent"),
    "language": ("pt", "en"),
    "words": WORDS[1:],
    "unanswered": (1, 3),
    "before": ("itself", "reaction"),
    "late": (True,),
    "parts": ((), PARTS[1:2], PARTS[2:], PARTS),
    "effects": ((CALLS,),),
    "meanwhile": ("taken", "taken and back", "resolved", "answered", "erased"),
    "then": ("taken", "window closed", "failed before", "told early", "id of another", "tried"),
}


class Jobs:
    """A queue that only keeps what is published; `inline`: as beside a broker."""

    def __init__(self, *, inline: bool) -> None:
        self.transactional = not inline
        self.taken_inline = 0
        self._inline = inline

    def inline_job(self, job: NewJob) -> InlineJob | None:
        return InlineJob(job, now(), self._count) if self._inline else None

    def _count(self, *_: object) -> None:
        self.taken_inline += 1

    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        tx.execute(insert(OutboxRow), [row_of(job, now()) for job in jobs])

    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        """It is gone."""

    def dead_letter_in(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """It is gone."""

    async def depth(self) -> Mapping[str, QueueDepth]:
        return {}

    async def close(self) -> None:
        """Nothing is open."""


class Provider(WhatsAppChannel):
    """Takes every message, by ids that tell its text."""

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        return SendReceipt(receipt_of(message.to.of("phone"), message.text))


def receipt_of(number: str | None, text: str) -> str:
    return f"wamid.sent.{number}.{text}"


class Decided:
    """The case's answer, while which something happens."""

    case: Case = PLAIN

    def __init__(self, runtime: Runtime) -> None:
        self._store = runtime.store

    async def answer(self, turn: Turn) -> Decision:
        id, at = turn.conversation.id, turn.burst.last_position

        def happens(tx: Tx) -> None:
            if self.case.meanwhile.startswith("taken"):
                take_over(tx, id, actor="user:1", user_id="1")
            if self.case.meanwhile == "taken and back":
                hand_back(tx, id, actor="user:1")
            if self.case.meanwhile == "resolved":
                resolve(tx, id, actor="user:1")
            if self.case.meanwhile == "answered":
                mine = update(Conversation).where(Conversation.id == id)
                tx.execute(mine.values(answered_to=at))
            if self.case.meanwhile == "erased":
                tx.execute(delete(Conversation).where(Conversation.id == id))

        await self._store.write(happens)
        facts = DecisionFacts(turn.conversation.language, confidence=0.9, cost=0.25, model="m")
        return Decision(self.case.parts, facts, self.case.effects, draft="a draft")


@dataclass
class Form:
    """One way through all steps."""

    runtime: Runtime
    jobs: Jobs
    intake: Intake = field(init=False)
    turns: Turns = field(init=False)
    deliver: Deliver = field(init=False)
    answerer: Decided = field(init=False)

    def __post_init__(self) -> None:
        runtime = self.runtime
        runtime.queue = cast(Queue, self.jobs)
        runtime.store.follow(Followers(EventBus().announce, self.jobs.publish_in))
        runtime.channels["whatsapp"] = Provider()
        self.answerer = Decided(runtime)
        self.intake = Intake(runtime)
        self.turns = Turns(runtime, {ASSISTANT: self.answerer})
        self.deliver = Deliver(runtime, Rates(runtime.settings, runtime.channels))

    async def written(self, case: Case, number: int, base: float) -> list[Any]:
        """The rows after each step."""
        sender = f"1650{number:07}"
        said = {"sender": sender, "at": base - (7 * 3600 if case.late else 1)}
        question = text_message(case.words, id=f"wamid.{number}", **said)
        await self._hear(text_message("¿hola?", id=f"wamid.{number}.first", **said))
        id = await self._conversation_of(f"wamid.{number}.first")
        for more in range(case.unanswered):
            await self._hear(text_message("¿y?", id=f"wamid.{number}.{more}", **said))
        if case.before == "itself":
            await self._hear(question)
        if case.before == "reaction":
            await self._hear(reaction("👍", f"wamid.{number}", id=f"wamid.{number}.r", **said))
        await self.runtime.store.write(lambda tx: _seed(tx, case, id))
        await self._hear(question)
        steps = [await self._rows(id, base)]
        self.answerer.case = case
        await self.turns.handle(_delivery(TURN.spec.name, id, TURN.job(id, TurnJob(id)).body))
        steps.append(await self._rows(id, base))
        for job in await self._to_send(id):
            await self.runtime.store.write(lambda tx, job=job: _before_sending(tx, case, job))  # type: ignore[misc]
            with suppress(Defer):
                await self.deliver.handle(_delivery(SEND.spec.name, id, SEND.job(id, job).body))
        return [*steps, await self._rows(id, base)]

    async def _hear(self, *messages: Any) -> None:
        for item in parse(webhook(messages)):
            assert isinstance(item, InboundMessage)
            job = INBOUND.job(item.lane, item)
            await self.intake.handle(_delivery(job.queue, job.lane, job.body))

    async def _conversation_of(self, provider_id: str) -> str:
        query = select(Message.conversation_id).where(Message.provider_message_id == provider_id)
        return str(await self.runtime.store.read(lambda tx: tx.scalar(query)))

    async def _to_send(self, id: str) -> list[SendJob]:
        query = (
            select(Message.id, Message.line_id, Message.contact_id)
            .where(Message.conversation_id == id, Message.status == "queued")
            .where(Message.held.is_(None))
            .order_by(Message.position)
        )
        rows = await self.runtime.store.read(lambda tx: tx.all(query))
        return [SendJob(row.id, row.line_id, row.contact_id) for row in rows]

    async def _rows(self, id: str, base: float) -> dict[str, Any]:
        """All rows of the conversation, with the same names for the same things in each form."""

        def read(tx: Tx) -> dict[str, Any]:
            found: dict[str, Any] = {
                table.__tablename__: tx.all(
                    select(table.__table__)
                    .where(table.conversation_id == id)
                    .order_by(table.__table__.c[_ORDER[table.__tablename__]], table.id)
                )
                for table in TABLES
            }
            found["outbox"] = tx.all(
                select(OutboxRow.__table__).where(OutboxRow.lane == id).order_by(OutboxRow.seq)
            )
            found["conversation"] = tx.all(
                select(Conversation.__table__).where(Conversation.id == id)
            )
            people = [row.contact_id for row in found["message"]]
            found["contact"] = tx.all(select(Contact.__table__).where(Contact.id.in_(people)))
            return {name: [row._asdict() for row in rows] for name, rows in found.items()}

        return _alike(await self.runtime.store.read(read), id, base)


_ORDER = {
    "message": "position",
    "conversation_event": "created_at",
    "turn": "to_position",
    "escalation": "created_at",
}


def _alike(found: dict[str, Any], id: str, base: float) -> dict[str, Any]:
    names = {id: "conversation"}
    for row in found["message"]:
        names |= {row["contact_id"]: "contact", row["line_id"]: "line"}
    for table, rows in found.items():
        for number, row in enumerate(rows):
            if "id" in row:
                names.setdefault(row["id"], f"{table} {number}")
    return {table: [_plainly(row, names, base) for row in rows] for table, rows in found.items()}


def _plainly(value: Any, names: Mapping[str, str], base: float) -> Any:
    if isinstance(value, dict):
        return {key: _plainly(it, names, base) for key, it in value.items() if key not in _OWN}
    if isinstance(value, list):
        return [_plainly(it, names, base) for it in value]
    if isinstance(value, float) and value >= base:
        return "now"
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        for one, name in names.items():
            value = value.replace(one, name)
    return value


#: What each form has of its own.
_OWN = {"seq", "duration_ms"}


def _seed(tx: Tx, case: Case, id: str) -> None:
    row = tx.first(select(Conversation.__table__).where(Conversation.id == id))
    assert row is not None
    if case.held_by:
        kept = append_message(
            tx, id, direction="outbound", author=case.held_by, type="text", text="held"
        )
        hold(tx, kept["id"], id, {"as": "held", "why": "window_closed"})
    values: dict[str, Any] = {"language": case.language, "answered_to": 1, "state": case.state}
    if case.removed:
        values["deleted_at"] = row.created_at
    if case.state == "human":
        values["assignee_id"] = "1"
    tx.execute(update(Conversation).where(Conversation.id == id).values(values))
    about: dict[str, Any] = {"blocked": case.blocked}
    if case.renamed:
        about["name"] = "A former name"
    tx.execute(update(Contact).where(Contact.id == row.contact_id).values(about))


def _before_sending(tx: Tx, case: Case, job: SendJob) -> None:
    row = tx.first(select(Message.__table__).where(Message.id == job.message_id))
    assert row is not None
    ours = update(Message).where(Message.id == row.id)
    where = update(Conversation).where(Conversation.id == row.conversation_id)
    theirs = select(ContactIdentity.value).where(ContactIdentity.contact_id == row.contact_id)
    sender = str(tx.scalar(theirs.where(ContactIdentity.kind == "phone")))
    receipt = receipt_of(sender, row.text)
    match case.then:
        case "taken":
            tx.execute(where.values(state="human", assignee_id="1"))
        case "window closed":
            tx.execute(where.values(last_inbound_at=1e9))
        case "failed before":
            tx.execute(ours.values(route={FAILED_IDS: [receipt]}))
        case "tried":
            tx.execute(ours.values(attempted_at=row.created_at))
        case "told early":
            told = InboundStatus(
                "whatsapp", PHONE_NUMBER_ID, receipt, "delivered", now(), Identity("phone", sender)
            )
            early = {"id": new_id(), "line_id": row.line_id, "provider_message_id": receipt}
            status = msgspec.to_builtins(told)
            tx.execute(insert(EarlyStatus), {**early, "status": status, "created_at": now()})
        case "id of another":
            first = Message.conversation_id == row.conversation_id, Message.position == 1
            tx.execute(update(Message).where(*first).values(provider_message_id=receipt))


def _delivery(queue: str, lane: str, body: bytes) -> Delivery:
    return Delivery(new_id(), queue, lane, body, receives=1, published_at=now(), lease="mine")
