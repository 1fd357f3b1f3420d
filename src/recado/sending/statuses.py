"""Statuses of what we sent: applied upwards only, kept when they come early.

    queued, unknown → sent → delivered → read        failed: only before it was delivered,
                                                     and overtaken by delivered and read

In whatever order they come: a message that arrived has arrived, also when its failure was reported
first, and `sent` after `failed` only comes late. Each failure stays in the message's history.
A failure that the provider calls a passing one queues the same message again (resend.py).
Our own message id, echoed by the provider, is the evidence that settles an unknown message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select

from recado.channels.messages import InboundStatus, ProviderError
from recado.channels.port import Line
from recado.conversations.messages import recount_held, update_message
from recado.conversations.model import Message
from recado.conversations.reactions import restore_reaction, withdraw_reaction
from recado.conversations.setbacks import with_setback
from recado.events import StatusReceived
from recado.jobs import STATUSES
from recado.queue.port import Delivery
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.sending.attempts import TRACE, is_taken
from recado.sending.model import EarlyStatus
from recado.sending.names import Names
from recado.sending.prices import price_of
from recado.sending.rates import Troubles
from recado.sending.resend import FAILED_IDS, next_try
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

RANK = {"queued": 0, "unknown": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
#: What a failure may still overtake: a delivered message has not failed.
FAILS = {"queued", "unknown", "sent"}
#: What overtakes a failure: the person has it.
ARRIVED = {"delivered", "read"}


class Statuses:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._troubles = Troubles()
        self._names = Names(runtime)

    async def handle(self, delivery: Delivery) -> None:
        status = STATUSES.body(delivery)
        line = await self._runtime.lines.at(status.channel, status.line_address)
        if line is None:
            return  # a number of the same account that Recado does not serve
        if status.signed_by and not await self._runtime.lines.sign_for(line, status.signed_by):
            return  # it has become a line since, and others sign for it
        delivery.note(channel=status.channel, line=line.id, status=status.status)
        trace = await self._runtime.store.write(
            lambda tx: self._take_in(tx, delivery, line, status), brief=True
        )
        if trace:  # the news come in a trace of their own: tell the message's too
            with self._runtime.tracing.span("status", trace, link=delivery.trace_id) as span:
                span.note(**(delivery.facts or {}))
        self._runtime.metrics.status(status.status)

    def _take_in(self, tx: Tx, delivery: Delivery, line: Line, status: InboundStatus) -> str:
        """The trace of the message that it is about, or ""."""
        tx.lock(f"status/{line.id}/{status.provider_message_id}")
        message = _find(tx, line.id, status)
        effects = Effects(self._runtime, self._troubles, line, self._names)
        if message is None:
            _keep(tx, line.id, status)
        elif apply_status(tx, message, status, effects):
            event = StatusReceived(
                conversation_id=message.conversation_id,
                message_id=message.id,
                status=status.status,
            )
            tx.announce(event)
        self._runtime.queue.ack_in(tx, delivery)
        if message is None or delivery.facts is None:
            return ""
        delivery.note(message=message.id, conversation=message.conversation_id)
        return str((message.route or {}).get(TRACE, ""))


def statuses_consumer(runtime: Runtime) -> Consumer:
    return Consumer(STATUSES.spec, Statuses(runtime).handle)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a status of our own message may do beside its row: prices are the line's, a failure
    may queue it again, a trouble is made known, and names are learnt."""

    runtime: Runtime
    troubles: Troubles
    line: Line
    names: Names

    def learn_names(self, tx: Tx, message: Row[Any], status: InboundStatus) -> None:
        """It may name the person by their number and their user id."""
        named = (status.recipient, *status.also)
        self.names.learn(tx, self.line, message.contact_id, named, message.created_at)


def apply_status(
    tx: Tx, message: Row[Any], status: InboundStatus, effects: Effects | None = None
) -> bool:
    """Apply it where it leads upwards. Returns whether the message's status has changed.

    `message` has STATUS_COLUMNS. Without `effects` (somebody else sent it) only its row changes.
    """
    if _is_of_failed_attempt(message, status):
        return False
    if effects:
        effects.learn_names(tx, message, status)
    values = _evidence(tx, message, status) | _times(tx, message, status)
    if status.pricing and effects:
        values["pricing"] = {**(message.pricing or {}), **price_of(effects.line, status.pricing)}
    reached = "read" if status.status == "played" else status.status
    changes = _leads_upwards(message.status, reached)
    if reached == "failed":
        values["setbacks"] = _with_failure(message, status)
    if changes:
        values |= {"status": reached, "error": _error_of(status), "held": None}
    if changes and effects and reached == "failed":
        values |= _failure(tx, message, status, effects)
    elif changes and effects:
        effects.troubles.over_in(tx, effects.line.id, "status")
    if values:
        update_message(tx, message.id, **values)
    if changes:
        _mend(tx, message)
    return changes


def apply_early_statuses(
    tx: Tx,
    line_id: str,
    provider_message_id: str,
    message_id: str,
    effects: Effects | None = None,
) -> None:
    """Apply what came before the message's provider id was known. The caller holds the lock."""
    early = tx.all(_EARLY, {"line": line_id, "provider_id": provider_message_id})
    if not early:
        return
    for row in early:
        message = tx.first(_BY_ID, {"message": message_id})
        if message is not None:
            apply_status(tx, message, msgspec.convert(row.status, InboundStatus), effects)
    tx.execute(
        delete(EarlyStatus).where(
            EarlyStatus.line_id == line_id,
            EarlyStatus.provider_message_id == provider_message_id,
        )
    )


def _failure(tx: Tx, message: Row[Any], status: InboundStatus, effects: Effects) -> dict[str, Any]:
    """The columns of a message that was not delivered: why, and whether it goes again.

    A failed status is the provider's word that the person did not get it, so the same message
    may be sent again, where the provider calls the fault a passing one.
    """
    error = status.error or ProviderError("", "The provider gave no reason")
    meaning = effects.runtime.channels[effects.line.channel].explain(error)
    told: dict[str, Any] = msgspec.to_builtins(error)
    values: dict[str, Any] = {"error": {**told, "class": meaning.kind, "advice": meaning.advice}}
    if meaning.kind == "person":
        effects.troubles.found_in(
            tx, effects.line, code=error.code, advice=meaning.advice, heard_in="status"
        )
    again = next_try(message, status, meaning, now())
    if again is None:
        withdraw_reaction(tx, message.id)
        return values
    tx.publish(again.job)
    return {**values, **again.values}


def _with_failure(message: Row[Any], status: InboundStatus) -> list[dict[str, Any]]:
    return with_setback(message.setbacks, "failed", status.at, _error_of(status))


def _mend(tx: Tx, message: Row[Any]) -> None:
    """What follows from its having another status than this."""
    if message.held is not None:
        recount_held(tx, message.conversation_id)
    if message.status == "failed":
        restore_reaction(tx, message.id)


def _evidence(tx: Tx, message: Row[Any], status: InboundStatus) -> dict[str, Any]:
    """What it proves: that the message went out, and under which id of the provider's, unless
    that is another message's, too."""
    values: dict[str, Any] = {}
    if message.confirmed_at is None and status.callback_data == message.id:
        # Where our ids do not come back, an unknown message would have no way to be confirmed.
        values["confirmed_at"] = now()
    if message.provider_message_id is None:
        values["accepted_at"] = status.at
        if not is_taken(tx, message.line_id, message.id, status.provider_message_id):
            values["provider_message_id"] = status.provider_message_id
    return values


def _error_of(status: InboundStatus) -> dict[str, Any] | None:
    return None if status.error is None else msgspec.to_builtins(status.error)


def _leads_upwards(present: str, reached: str) -> bool:
    if present not in RANK:
        return False
    if reached == "failed":
        return present in FAILS
    if present == "failed":
        return reached in ARRIVED
    return RANK[reached] > RANK[present]


def _times(tx: Tx, message: Row[Any], status: InboundStatus) -> dict[str, Any]:
    """The points in time that it tells; a voice message's `played_at` is kept in its content."""
    if status.status == "delivered":
        return {"delivered_at": status.at}
    if status.status == "read":
        return {"read_at": status.at}
    if status.status != "played":
        return {}
    content = tx.scalar(select(Message.content).where(Message.id == message.id)) or {}
    return {
        "read_at": message.read_at or status.at,
        "content": {**content, "played_at": status.at},
    }


def _is_of_failed_attempt(message: Row[Any], status: InboundStatus) -> bool:
    """Does it speak of an earlier attempt that failed? That it arrived after all still counts."""
    earlier = (message.route or {}).get(FAILED_IDS) or ()
    return status.provider_message_id in earlier and status.status in {"sent", "failed"}


def _find(tx: Tx, line_id: str, status: InboundStatus) -> Row[Any] | None:
    """By our own id where the provider echoes it, else by the provider's."""
    if status.callback_data:
        message = tx.first(_BY_OUR_ID, {"message": status.callback_data, "line": line_id})
        if message is not None:
            return message
    return tx.first(_BY_PROVIDER_ID, {"line": line_id, "provider_id": status.provider_message_id})


# Built once: building a statement takes longer than running it.
STATUS_COLUMNS = (
    Message.id,
    Message.line_id,
    Message.conversation_id,
    Message.contact_id,
    Message.status,
    Message.provider_message_id,
    Message.confirmed_at,
    Message.type,
    Message.read_at,
    Message.created_at,
    Message.attempted_at,
    Message.held,
    Message.route,
    Message.pricing,
    Message.setbacks,
)
_COLUMNS = select(*STATUS_COLUMNS)
_BY_ID = prepare(_COLUMNS.where(Message.id == bindparam("message")))
_BY_OUR_ID = prepare(
    _COLUMNS.where(
        Message.id == bindparam("message"), Message.line_id == bindparam("line")
    ).with_for_update()
)
_BY_PROVIDER_ID = prepare(
    _COLUMNS.where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
    )
)
_EARLY = prepare(
    select(EarlyStatus.status)
    .where(EarlyStatus.line_id == bindparam("line"))
    .where(EarlyStatus.provider_message_id == bindparam("provider_id"))
    .order_by(EarlyStatus.id)
)


def _keep(tx: Tx, line_id: str, status: InboundStatus) -> None:
    tx.execute(
        insert(EarlyStatus),
        {
            "id": new_id(),
            "line_id": line_id,
            "provider_message_id": status.provider_message_id,
            "status": msgspec.to_builtins(status),
            "created_at": now(),
        },
    )
