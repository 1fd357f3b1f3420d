"""Intake: an item of a webhook takes its place in a conversation, once.

One transaction an item: the message row (unique by provider id), the contact and conversation
it belongs to, the job for the turn that answers it, and the end of the inbound job.

    message     → its row, and a turn when somebody expects an answer (asks_for_answer)
    reaction …  → its row, and the change to the message that it refers to
                  (conversations/changes.py)
    echo        → shown as said by the team, the assistant steps back (echoes.py)
    call        → one row a call (calls.py)
    number …    → the contact is known by the new one (conversations/relink.py)
    hand-over   → the conversation's owner changes
    event       → the line's log, and what it says about the line (reports.py)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select

from recado.channels.messages import (
    EMPTY,
    OLD,
    UNASKED,
    InboundEvent,
    InboundHandover,
    InboundMessage,
    Unparsable,
)
from recado.channels.port import Line
from recado.conversations.asked import asked_in, take_wish
from recado.conversations.changes import CHANGES, apply_change, apply_waiting_changes
from recado.conversations.contacts import keep_name, language_of_sender
from recado.conversations.guards import answers_next
from recado.conversations.held import release_held
from recado.conversations.messages import SILENT_TYPES, append_inbound, drop_empty
from recado.conversations.model import Message
from recado.conversations.ownership import (
    new_conversation,
    open_conversation,
    reopen,
    take_over,
    turn_job,
)
from recado.errors import RecadoError, UnparsablePayload
from recado.escalation.clocks.running import settle_clocks
from recado.escalation.routing.requests import wake_up
from recado.escalation.waiting import tell_waiting
from recado.events import MediaMessageReceived, TextMessageReceived
from recado.inbound.calls import complete_call
from recado.inbound.echoes import take_in_echo
from recado.inbound.handovers import OTHER_APP, pass_on
from recado.inbound.plain import ConversationHints, recognise, said, take_in_known
from recado.inbound.reports import keep_event, reports_in
from recado.inbound.whose import Whose
from recado.jobs import INBOUND
from recado.language.spoken import clear_language
from recado.media.arrivals import MEDIA_TYPES, expect_file
from recado.queue.port import Delivery, NewJob
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.satisfaction.answers import RATED, Answer, answer_in, keep_answer
from recado.store import Tx, now
from recado.store.prepared import prepare

__all__ = ["Intake", "UnknownLine", "asks_for_answer", "intake_consumer", "new_conversation"]

# Built once: building a statement takes longer than running it.
_STORED = prepare(
    select(Message.id).where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
    )
)


class UnknownLine(RecadoError):
    title = "A message came for a line that Recado does not have"


class ForeignSigner(RecadoError):
    title = "A message was signed by somebody else than its line's own vendor"


class Intake:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._hints = ConversationHints()
        self._default_language = runtime.settings.default_language
        self._whose = Whose(runtime)

    async def handle(self, delivery: Delivery) -> None:
        item = INBOUND.body(delivery)
        match item:
            case InboundMessage():
                await self._take_in(delivery, item)
            case InboundHandover():
                await self._pass_on(delivery, item)
            case InboundEvent():
                lines = await self._runtime.lines.all()
                await self._runtime.store.write(
                    lambda tx: self._keep_event(tx, delivery, lines, item)
                )
            case Unparsable():
                raise UnparsablePayload(item.cause)
            case _:
                raise UnparsablePayload(f"A {type(item).__name__} does not belong to intake.")
        self._runtime.lines.heard(item.channel, item.line_address)

    async def _take_in(self, delivery: Delivery, item: InboundMessage) -> None:
        line, item = await self._line_of(item), self._unasked_if_old(item)
        delivery.note(channel=item.channel, line=line.id)
        changed = ""
        if not await self._take_in_at_once(delivery, line, item):
            changed = await self._runtime.store.write(
                lambda tx: self._accept(tx, delivery, line, item), brief=True
            )
        self._runtime.metrics.inbound(item.channel, item.type)
        if changed:  # what was remembered of the conversation is not what was said any more
            await self._runtime.context.forget(changed)

    async def _take_in_at_once(self, delivery: Delivery, line: Line, item: InboundMessage) -> bool:
        """The job ends with its handler. False: it is not as simple as that, and nothing is
        done."""
        runtime = self._runtime
        kept = runtime.bus.keeps(TextMessageReceived, MediaMessageReceived)
        plain = asks_for_answer(item) and not kept
        conversation_id = self._hints.find(line, item) if plain else None
        inline_job = conversation_id and runtime.queue.inline_job(
            self._turn_job(delivery, conversation_id)
        )
        if not conversation_id or not inline_job:
            return False
        message = await take_in_known(runtime.store, inline_job, line, conversation_id, item)
        if message is None:
            self._hints.forget(line, item)
            return False
        delivery.note(conversation=conversation_id, message=str(message["id"]))
        runtime.bus.publish(_event_of(message))
        return True

    async def _pass_on(self, delivery: Delivery, item: InboundHandover) -> None:
        line = await self._line_of(item)
        await self._runtime.store.write(lambda tx: self._hand_over(tx, delivery, line, item))

    async def _line_of(self, item: InboundMessage | InboundHandover) -> Line:
        line = await self._runtime.lines.at(item.channel, item.line_address)
        if line is None:
            raise UnknownLine(
                f"There is no {item.channel} line with the address {item.line_address}."
                " Add it in the desk under Lines, then replay this dead letter."
            )
        if item.signed_by and not await self._runtime.lines.sign_for(line, item.signed_by):
            raise ForeignSigner(
                f"This came before {item.line_address} was a {item.channel} line, signed with"
                " the secret of another one. Drop this dead letter."
            )
        return line

    def _accept(self, tx: Tx, delivery: Delivery, line: Line, item: InboundMessage) -> str:
        """Returns the conversation in which something said earlier has changed, or ""."""
        changed = ""
        if item.echo:
            # Its receipt or its statuses may be arriving at this moment.
            tx.lock(f"status/{line.id}/{item.provider_message_id}")
        # What tells of a new number may be told by the old one and by the new one.
        found = (
            None
            if item.type == "system"
            else recognise(tx, line, item.sender, item.provider_message_id)
        )
        if item.formerly and not (found is not None and found.stored):
            # Its notice comes in the same webhook, and in another lane.
            self._whose.was_another(tx, delivery, line, item)
            found = None
        stored = found.stored if found is not None else _is_stored(tx, line, item)
        if stored and item.content.get(UNASKED) != EMPTY:
            stored = not drop_empty(tx, line.id, item.provider_message_id)
        if stored:
            if item.type == "call":
                complete_call(tx, line.id, item)
        elif found is not None:
            keep_name(tx, found.contact_id, item.sender, known_as=found.name)
            changed = self._write(tx, delivery, line, found.contact_id, item, found)
        elif (contact_id := self._whose.contact(tx, delivery, line, item)) is not None:
            changed = self._write(tx, delivery, line, contact_id, item)
        self._runtime.queue.ack_in(tx, delivery)
        return changed

    def _write(
        self,
        tx: Tx,
        delivery: Delivery,
        line: Line,
        contact_id: str,
        item: InboundMessage,
        found: Row[Any] | None = None,
    ) -> str:
        is_card = item.type == "contacts" and not item.echo
        if is_card and (owner := self._whose.card(tx, delivery, line, contact_id, item)):
            contact_id, found = owner, None  # they may have become one with another
        asks = asks_for_answer(item)
        conversation = open_conversation(
            tx,
            line.id,
            contact_id,
            said=asked_in(item.type, item.text, item.content) if asks else "",
            default_language=language_of_sender(item.sender, self._default_language),
            found=found,
        )
        item, rated = _as_answer(tx, conversation, item)
        message, awaited = _appended(tx, line, conversation, contact_id, item)
        delivery.note(conversation=conversation.id, message=str(message["id"]) if message else "")
        if message is None:
            return ""
        if conversation.held_count and not item.echo and item.type != "system":
            state = conversation.state
            release_held(tx, conversation.id, state=state, trace_id=delivery.trace_id)
        if item.type in MEDIA_TYPES:
            expect_file(tx, message, trace_id=delivery.trace_id)
        if item.type in CHANGES:
            if apply_change(tx, line.id, message):
                self._publish_turn(tx, delivery, conversation.id)
            return str(conversation.id)
        if not item.echo:
            self._announce(tx, message)
        changed = awaited and apply_waiting_changes(tx, line.id, item.provider_message_id)
        if rated is not None:
            keep_answer(tx, conversation, rated, message, trace_id=delivery.trace_id)
        if asks and not conversation.blocked and (rated is None or rated.goes_on):
            self._ask(tx, delivery, conversation, item, message)
            self._remember(tx, line, item, conversation.id)
        # News of who somebody is may have put another conversation's messages among its own.
        changed = changed or item.type == "system" or bool(item.formerly)
        return str(conversation.id) if changed else ""

    def _remember(self, tx: Tx, line: Line, item: InboundMessage, conversation_id: str) -> None:
        if not self._runtime.queue.transactional:
            tx.after_commit(lambda: self._hints.keep(line, item, conversation_id))

    def _unasked_if_old(self, item: InboundMessage) -> InboundMessage:
        """Nobody waits for the answer any more: a phone that was off, a webhook that was late."""
        within = 60 * self._runtime.settings.answer_within_minutes
        if now() - item.sent_at <= within or not asks_for_answer(item):
            return item
        return msgspec.structs.replace(item, content=item.content | {UNASKED: OLD})

    def _ask(
        self,
        tx: Tx,
        delivery: Delivery,
        conversation: Row[Any],
        item: InboundMessage,
        message: dict[str, Any],
    ) -> None:
        """Somebody expects an answer: the assistant's, where it has the word."""
        if item.content.get("standby"):
            if answers_next(conversation.state):
                take_over(tx, conversation.id, actor=OTHER_APP)
            return
        if conversation.state == "resolved":
            reopen(tx, conversation.id, actor="contact")
        if answers_next(conversation.state):
            self._publish_turn(tx, delivery, conversation.id)
        elif conversation.state == "snoozed":
            wake_up(tx, conversation.id, actor="contact")
        elif conversation.state == "waiting":
            tell_waiting(
                tx,
                conversation,
                message,
                language=clear_language(item.text) or conversation.language,
                trace_id=delivery.trace_id,
            )
        elif conversation.state == "human":  # the clocks that waited for the contact go on
            settle_clocks(tx, self._runtime.metrics, conversation.id, now())

    def _publish_turn(self, tx: Tx, delivery: Delivery, conversation_id: str) -> None:
        tx.publish(self._turn_job(delivery, conversation_id))

    def _turn_job(self, delivery: Delivery, conversation_id: str) -> NewJob:
        quiet = self._runtime.settings.quiet_seconds
        return turn_job(conversation_id, delay_seconds=quiet, trace_id=delivery.trace_id)

    def _announce(self, tx: Tx, message: dict[str, Any]) -> None:
        event = _event_of(message)
        tx.announce(event)

    def _hand_over(self, tx: Tx, delivery: Delivery, line: Line, item: InboundHandover) -> None:
        runtime = self._runtime
        language = language_of_sender(item.person, self._default_language)
        pass_on(tx, runtime.channels[item.channel], line, item, language=language)
        runtime.queue.ack_in(tx, delivery)

    def _keep_event(
        self, tx: Tx, delivery: Delivery, lines: Sequence[Line], item: InboundEvent
    ) -> None:
        reports = reports_in(self._runtime.channels, item)
        self._whose.wake(tx, delivery, keep_event(tx, lines, item, reports))
        self._runtime.queue.ack_in(tx, delivery)


def _appended(
    tx: Tx, line: Line, conversation: Row[Any], contact_id: str, item: InboundMessage
) -> tuple[dict[str, Any] | None, bool]:
    """The message's row, None for an echo of Recado's own; and whether a change to it may wait."""
    if item.echo:
        return take_in_echo(tx, line, conversation, item), True
    told = said(item)
    told["content"] = {**item.content, **take_wish(tx, contact_id, item)}
    return append_inbound(tx, conversation.id, **told)


def _as_answer(
    tx: Tx, conversation: Row[Any], item: InboundMessage
) -> tuple[InboundMessage, Answer | None]:
    """The message, and what it answers to the question for a rating: then it asks for nothing,
    unless it goes its ordinary way besides."""
    if conversation.blocked or not asks_for_answer(item):
        return item, None
    rated = answer_in(tx, conversation, item)
    if rated is not None and not rated.goes_on:
        item = msgspec.structs.replace(item, content=item.content | {UNASKED: RATED})
    return item, rated


def _event_of(message: dict[str, Any]) -> TextMessageReceived | MediaMessageReceived:
    common = {
        "conversation_id": message["conversation_id"],
        "user_id": message["contact_id"],
        "message_id": message["id"],
    }
    if message["type"] in MEDIA_TYPES:
        return MediaMessageReceived(**common, media_type=message["type"])
    return TextMessageReceived(**common, message_content=message["text"])


def asks_for_answer(item: InboundMessage) -> bool:
    """Reactions and notices ask for nothing, and in a group the assistant is not addressed."""
    in_group = "group_id" in item.content or "participant" in item.content
    silent = item.type in SILENT_TYPES or UNASKED in item.content
    return not item.echo and not silent and not in_group


def intake_consumer(runtime: Runtime) -> Consumer:
    return Consumer(INBOUND.spec, Intake(runtime).handle)


def _is_stored(tx: Tx, line: Line, item: InboundMessage) -> bool:
    known = {"line": line.id, "provider_id": item.provider_message_id}
    return tx.first(_STORED, known) is not None
