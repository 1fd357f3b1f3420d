"""Asking for the rating that was planned, when its time has come: or dropping it.

It is dropped where the conversation goes on (reopened, or the contact wrote first), the contact is
blocked, the line is off or does not ask any more, or the 24 hours in which a business may write are
about to end.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, select, update

from recado.conversations.messages import Part
from recado.conversations.model import Contact, Conversation
from recado.conversations.ownership import log_event
from recado.errors import Unprocessable
from recado.jobs import RATINGS
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.satisfaction.model import Rating
from recado.satisfaction.policy import policy_of
from recado.satisfaction.wording import in_words, question
from recado.sending.speak import say
from recado.sending.window import in_window
from recado.store import Tx, now

#: An answer to the question is understood for so long.
ANSWER_SECONDS = 24 * 3600.0
#: What has to wait in the queue is still to arrive inside the 24 hours.
MARGIN_SECONDS = 600.0
#: A job may come a little early.
EARLY_SECONDS = 0.5


class Asking:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle(self, delivery: Delivery) -> None:
        id = RATINGS.body(delivery).rating_id
        await self._runtime.lines.all()  # as they are now
        rest = await self._runtime.store.write(lambda tx: self._ask(tx, delivery, id))
        if rest > 0:
            raise Defer(rest)

    def _ask(self, tx: Tx, delivery: Delivery, id: str) -> float:
        """Returns how many seconds it is too early; 0: it is settled."""
        planned = (Rating.id == id, Rating.state == "planned")
        rating = tx.first(select(Rating.__table__).where(*planned))
        if rating is None:
            return 0.0  # asked by an earlier try, or planned anew
        delivery.note(conversation=rating.conversation_id)
        if rating.due_at - now() > EARLY_SECONDS:
            return float(rating.due_at - now())
        conversation = tx.first(_locked(rating.conversation_id))
        if conversation is None or not self._may_ask(rating, conversation):
            tx.execute(delete(Rating).where(*planned))
            return 0.0
        message = self._say(tx, rating, conversation)
        moment = now()
        values = {
            "state": "asked",
            "message_id": message["id"],
            "covers_to": message["position"],
            "asked_at": moment,
            "expires_at": moment + ANSWER_SECONDS,
        }
        tx.execute(update(Rating).where(Rating.id == id).values(values))
        log_event(
            tx,
            rating.conversation_id,
            "rating_asked",
            actor="recado",
            after=message["position"],
            detail={"rating": id},
        )
        return 0.0

    def _may_ask(self, rating: Row[Any], conversation: Row[Any]) -> bool:
        line = self._runtime.lines.known(conversation.line_id)
        if line is None or not line.enabled or conversation.blocked or conversation.deleted_at:
            return False
        if conversation.state != "resolved" or conversation.ownership != rating.ownership:
            return False
        if policy_of(self._runtime.settings, line).ask == "off":
            return False
        channel = self._runtime.channels[line.channel]
        last = conversation.last_inbound_at
        if "window" not in channel.capabilities.features:
            return True
        return last is not None and bool(in_window(last, now() + MARGIN_SECONDS))

    def _say(self, tx: Tx, rating: Row[Any], conversation: Row[Any]) -> dict[str, Any]:
        channel, language = self._runtime.channels[rating.channel], conversation.language
        try:
            return self._said(tx, conversation.id, question(rating.id, language, channel))
        except Unprocessable:  # a limit of the channel's own: words go everywhere
            return self._said(tx, conversation.id, in_words(language))

    def _said(self, tx: Tx, conversation_id: str, part: Part) -> dict[str, Any]:
        return say(
            tx,
            self._runtime,
            conversation_id,
            text=part.text,
            type=part.type,
            content=dict(part.content),
            actor="recado",
            user_id=None,
            author="system",
        )


def _locked(conversation_id: str) -> Any:
    """Nobody changes the conversation until the question stands in it."""
    return (
        select(Conversation.__table__, Contact.blocked)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id == conversation_id)
        .with_for_update(of=Conversation)
    )


def ratings_consumer(runtime: Runtime) -> Consumer:
    return Consumer(RATINGS.spec, Asking(runtime).handle)
