"""Intake: an item of a webhook takes its place in a conversation, once.

One transaction an item: the message row (unique by provider id), the contact and conversation
it belongs to, the job for the turn that answers it, and the end of the inbound job.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from recado.assistant.intelligence.language import detect_language
from recado.channels.model import LineEvent
from recado.channels.port import InboundEvent, InboundMessage, Line, Unparsable
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import reopen, turn_job
from recado.errors import RecadoError, UnparsablePayload
from recado.events import MediaMessageReceived, TextMessageReceived
from recado.queue.port import Delivery
from recado.queue.queues import INBOUND
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

#: What nobody expects an answer to.
SILENT_TYPES = frozenset({"reaction", "system", "edit", "revoke"})
MEDIA_TYPES = frozenset({"image", "video", "audio", "document", "sticker"})


# Built once: building a statement takes longer than running it.
_CONVERSATION = (
    select(Conversation.id, Conversation.state, Conversation.language)
    .where(Conversation.line_id == bindparam("line"))
    .where(Conversation.contact_id == bindparam("contact"), Conversation.thread == "")
    .with_for_update()  # its owner must not change before the message is in
)
_STORED = select(Message.id).where(
    Message.line_id == bindparam("line"), Message.provider_message_id == bindparam("provider_id")
)


class UnknownLine(RecadoError):
    title = "A message came for a line that Recado does not have"


class Intake:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle(self, delivery: Delivery) -> None:
        item = INBOUND.body(delivery)
        match item:
            case InboundMessage():
                await self._take_in(delivery, item)
            case InboundEvent():
                await self._runtime.store.write(lambda tx: self._log_event(tx, delivery, item))
            case Unparsable():
                raise UnparsablePayload(item.cause)
            case _:
                raise UnparsablePayload(f"A {type(item).__name__} does not belong to intake.")
        self._runtime.lines.heard(item.channel, item.line_address)

    async def _take_in(self, delivery: Delivery, item: InboundMessage) -> None:
        line = await self._runtime.lines.at(item.channel, item.line_address)
        if line is None:
            raise UnknownLine(
                f"There is no {item.channel} line with the address {item.line_address}."
                " Add it in the desk under Lines, then replay this dead letter."
            )
        await self._runtime.store.write(lambda tx: self._accept(tx, delivery, line, item))
        self._runtime.metrics.inbound(item.channel, item.type)

    def _accept(self, tx: Tx, delivery: Delivery, line: Line, item: InboundMessage) -> None:
        queue = self._runtime.queue
        if not _is_stored(tx, line, item):
            conversation = self._conversation(tx, line, item)
            message = self._append(tx, conversation, item)
            self._announce(tx, message)
            if asks_for_answer(item) and conversation.state == "resolved":
                reopen(tx, self._runtime.bus, conversation.id, actor="contact")
            if asks_for_answer(item) and conversation.state in {"bot", "resolved"}:
                quiet = self._runtime.settings.quiet_seconds
                job = turn_job(conversation.id, delay_seconds=quiet, trace_id=delivery.trace_id)
                queue.publish_in(tx, [job])
        queue.ack_in(tx, delivery)

    def _conversation(self, tx: Tx, line: Line, item: InboundMessage) -> Row[Any]:
        """The contact's conversation on the line, opened when this is the first message."""
        default = self._runtime.settings.default_language
        detected = detect_language(item.text, default=default) if item.text else None
        language = detected.code if detected else default
        contact_id = find_or_add_contact(tx, line, item.sender, language=language)
        found = {"line": line.id, "contact": contact_id}
        conversation = tx.first(_CONVERSATION, found)
        if conversation is None:
            tx.execute(
                tx.insert(Conversation).on_conflict_do_nothing(),
                new_conversation(line.id, contact_id, language=language),
            )
            conversation = tx.first(_CONVERSATION, found)
        elif detected and detected.confidence >= 0.6 and detected.code != conversation.language:
            tx.execute(
                update(Conversation)
                .where(Conversation.id == conversation.id)
                .values(language=detected.code)
            )
        if conversation is None:
            raise AssertionError("a conversation that was just opened is gone")
        return conversation

    def _append(self, tx: Tx, conversation: Row[Any], item: InboundMessage) -> dict[str, Any]:
        return append_message(
            tx,
            conversation.id,
            direction="inbound",
            author="contact",
            type=item.type,
            text=item.text,
            content=item.content,
            provider_message_id=item.provider_message_id,
            reply_to=item.reply_to,
            sent_at=item.sent_at,
            raw=item.raw,
        )

    def _announce(self, tx: Tx, message: dict[str, Any]) -> None:
        bus = self._runtime.bus
        common = {
            "conversation_id": message["conversation_id"],
            "user_id": message["contact_id"],
            "message_id": message["id"],
        }
        event: TextMessageReceived | MediaMessageReceived
        if message["type"] in MEDIA_TYPES:
            event = MediaMessageReceived(**common, media_type=message["type"])
        else:
            event = TextMessageReceived(**common, message_content=message["text"])
        tx.after_commit(lambda: bus.publish(event))

    def _log_event(self, tx: Tx, delivery: Delivery, item: InboundEvent) -> None:
        tx.execute(
            insert(LineEvent),
            {
                "id": new_id(),
                "channel": item.channel,
                "line_address": item.line_address,
                "name": item.name,
                "raw": item.raw,
                "created_at": now(),
            },
        )
        self._runtime.queue.ack_in(tx, delivery)


def asks_for_answer(item: InboundMessage) -> bool:
    """Reactions and notices ask for nothing, and in a group the assistant is not addressed."""
    return item.type not in SILENT_TYPES and "group_id" not in item.content


def intake_consumer(runtime: Runtime) -> Consumer:
    return Consumer(INBOUND.spec, Intake(runtime).handle)


def new_conversation(
    line_id: str, contact_id: str, *, language: str, thread: str = "", **values: Any
) -> dict[str, Any]:
    """The columns of a fresh conversation, owned by the assistant."""
    moment = now()
    return {
        "id": new_id(),
        "line_id": line_id,
        "contact_id": contact_id,
        "thread": thread,
        "owner_user": None,
        "character_id": None,
        "state": "bot",
        "ownership": 0,
        "assignee_id": None,
        "title": "",
        "tags": [],
        "settings": {},
        "language": language,
        "flow": None,
        "flow_state": {},
        "message_count": 0,
        "unread_count": 0,
        "held_count": 0,
        "answered_to": 0,
        "summary": "",
        "summarised_to": 0,
        "last_preview": "",
        "last_inbound_at": None,
        "last_activity_at": moment,
        "archived_at": None,
        "deleted_at": None,
        "created_at": moment,
        **values,
    }


def _is_stored(tx: Tx, line: Line, item: InboundMessage) -> bool:
    known = {"line": line.id, "provider_id": item.provider_message_id}
    return tx.first(_STORED, known) is not None
