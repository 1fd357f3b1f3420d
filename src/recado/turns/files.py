"""The files of a turn: what is known of them, and how long the turn waits for them to be read.

A turn waits for the files that it answers to (RECADO_FILE_WAIT_SECONDS from the first of them), and
then goes on with what there is; whoever ends reading one has it begun anew at once. Where nothing
but such files was sent, and one is still being read, the contact is told so, once, and has the
answer when it is read: a notice and an answer, never two answers. Nothing is read of a turn without
files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select

from recado.conversations.guards import may_speak
from recado.conversations.messages import queue_message
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import turn_job
from recado.jobs import WAKE, wake_job
from recado.language.notices import name_of, notice
from recado.media.model import Media
from recado.media.reading.kept import KeptStep, kept_steps
from recado.media.reading.plan import Plan
from recado.queue.port import Delivery, NewJob
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.prepared import prepare
from recado.turns.sessions import Said

FILE_TYPES = frozenset({"image", "video", "audio", "document", "sticker"})
#: Of more files in one turn, the last are looked into; of those before it, fewer.
MOST_FILES, MOST_EARLIER = 10, 3
#: "¿Cuánto es el total?" may be of a bill that came so many messages ago.
LATELY = 10
#: Who was told that a file is still being read waits for its answer so long, and then for a person.
LATE_SECONDS = 600.0
#: In the content of the message that says so.
MARK, STILL_READING = "notice", "still_reading"

_FILES = prepare(
    select(
        *(Media.id, Media.message_id, Media.filename, Media.state, Media.reading),
        *(Media.description, Media.analysis, Message.type, Message.position, Message.created_at),
    )
    .join(Message, Message.id == Media.message_id)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.position >= bindparam("first"),
        Message.position <= bindparam("last"),
        Message.direction == "inbound",
        Message.revoked_at.is_(None),
    )
    .order_by(Message.position.desc())
    .limit(MOST_FILES)
)


class StillReading(msgspec.Struct, frozen=True):
    """One honest word to somebody whose voice note takes long, and on whose way it is said."""

    language: str
    trace_id: str


class TurnFile(msgspec.Struct, frozen=True):
    """A file that the contact sent; `sent_at` is when, `steps` what was read so far. `is_said`: the
    words in it are the contact's own, and the text of its message."""

    id: str
    message_id: str
    kind: str
    filename: str
    is_pending: bool
    sent_at: float
    position: int
    description: str = ""
    steps: Sequence[KeptStep] = ()
    is_said: bool = False

    @property
    def is_read(self) -> bool:
        """Whether anything was found in it."""
        return bool(self.description) or not all(step.is_empty for step in self.steps)

    @property
    def is_only_said(self) -> bool:
        """Whether there is nothing else in it than the words of its message."""
        return self.kind == "audio" and self.is_read


def read_files(tx: Tx, conversation_id: str, first: int, last: int) -> tuple[TurnFile, ...]:
    """The files that came with the messages between two positions, in order."""
    between = {"conversation": conversation_id, "first": first, "last": last}
    rows = tx.all(_FILES, between)[::-1]
    found = kept_steps(tx, [row.id for row in rows])
    return tuple(
        TurnFile(
            id=row.id,
            message_id=row.message_id,
            kind=row.type,
            filename=row.filename,
            is_pending=row.state == "pending" or row.reading == "pending",
            sent_at=row.created_at,
            position=row.position,
            description=row.description,
            steps=found.get(row.id, ()),
            is_said=row.type == "audio" or "said" in (row.analysis or {}),
        )
        for row in rows
    )


def files_before(
    tx: Tx, conversation_id: str, said: Sequence[Said], first: int
) -> tuple[TurnFile, ...]:
    """The last files among `said` lately, before the position `first`."""
    lately = [at for at, message in said if message.type in FILE_TYPES and at < first]
    return read_files(tx, conversation_id, lately[0], lately[-1])[-MOST_EARLIER:] if lately else ()


def seconds_to_wait(files: Sequence[TurnFile], plan: Plan, most_seconds: float) -> float:
    """How long a turn still waits for its files; 0: it goes on with what there is."""
    unread = first_unread(files, plan)
    if unread is None or most_seconds <= 0:
        return 0.0
    left = unread.sent_at + most_seconds - now()
    # Where there is more left than can be, a clock was set, or another machine's is ahead.
    return left if 0.001 < left <= most_seconds + 1 else 0.0


def first_unread(files: Sequence[TurnFile], plan: Plan) -> TurnFile | None:
    """The first that somebody still reads, or fetches to read it."""
    return next((it for it in files if it.is_pending and plan.may_read(it.kind)), None)


def wake_in(tx: Tx, conversation_id: str, file: TurnFile, seconds: float, what: str) -> None:
    """The turn's job ends here. It is published again when the file is read, or in `seconds`."""
    tx.publish(wake_job(conversation_id, f"{file.id}:{what}", delay_seconds=seconds))


def wait_longer(
    tx: Tx, conversation: Row[Any], file: TurnFile, most_seconds: float, told: StillReading | None
) -> None:
    """Nothing but files was sent: the turn waits for this one LATE_SECONDS more, and no longer.
    `told` is what the contact hears of it; None: they have heard it already."""
    state = tx.scalar(select(Conversation.state).where(Conversation.id == conversation.id))
    if state is None or not may_speak(state):
        return  # a person has taken it
    left = file.sent_at + most_seconds + LATE_SECONDS - now()
    wake_in(tx, conversation.id, file, min(max(left, 0.0), LATE_SECONDS), "late")
    if told is None:
        return
    queue_message(
        tx,
        conversation.id,
        author="system",
        text=notice(STILL_READING, told.language, what=name_of(file.kind, told.language)),
        content={MARK: STILL_READING},
        in_reply_to=[file.message_id],
        trace_id=told.trace_id,
    )


def may_still_come(file: TurnFile, most_seconds: float) -> bool:
    """Whether somebody who sent nothing but files may be told that they are still being read."""
    return most_seconds > 0 and now() < file.sent_at + most_seconds + LATE_SECONDS


def was_told(rows: Sequence[Row[Any]]) -> bool:
    """Whether one of the messages said that a file is still being read."""
    return any(
        row.direction == "outbound"
        and isinstance(row.content, Mapping)
        and row.content.get(MARK) == STILL_READING
        for row in rows
    )


def wake_consumer(runtime: Runtime) -> Consumer:
    async def handle(delivery: Delivery) -> None:
        await runtime.queue.publish([_turn_of(delivery)])

    def on_dead(tx: Tx, delivery: Delivery, cause: str) -> None:
        """Nobody else begins the turn: what the contact sent would stay without an answer. All that
        this job does can be done here, too, at once and a last time."""
        tx.publish(_turn_of(delivery))

    return Consumer(WAKE.spec, handle, on_dead)


def _turn_of(delivery: Delivery) -> NewJob:
    return turn_job(WAKE.body(delivery).conversation_id, trace_id=delivery.trace_id)
