"""Webhooks taken in one by one, and who people are afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from recado.channels.messages import InboundStatus
from recado.channels.whatsapp.parse import parse
from recado.conversations.model import Contact, Conversation, Message
from recado.inbound.intake import Intake
from recado.jobs import INBOUND, STATUSES
from recado.lines.webhooks import job_for
from recado.runtime import Runtime
from recado.sending.statuses import Statuses
from tests.support.payloads import PHONE_NUMBER_ID, Json, message_of, webhook


class Deliveries:
    """Takes webhooks in one by one, as the workers do."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._intake, self._statuses = Intake(runtime), Statuses(runtime)

    async def take_in(self, body: bytes) -> None:
        queue = self.runtime.queue
        for item in parse(body):
            await queue.publish([job_for(item, "")])
            told = isinstance(item, InboundStatus)
            (delivery,) = await queue.receive((STATUSES if told else INBOUND).spec, 1, 5)
            await (self._statuses if told else self._intake).handle(delivery)

    async def message(self, words: str, **about: Any) -> None:
        address = about.pop("to", PHONE_NUMBER_ID)
        said = message_of("text", {"body": words}, **about)
        await self.take_in(webhook([said], phone_number_id=address))


async def counted(runtime: Runtime) -> tuple[int, int]:
    """How many contacts and conversations there are."""
    return await runtime.store.read(
        lambda tx: (
            int(tx.scalar(select(func.count()).select_from(Contact)) or 0),
            int(tx.scalar(select(func.count()).select_from(Conversation)) or 0),
        )
    )


async def contact_of_message(runtime: Runtime, id: str) -> str:
    query = select(Message.contact_id).where(Message.provider_message_id == id)
    return str(await runtime.store.read(lambda tx: tx.scalar(query)))


def changed(old: Json, new: Json, at: float, **more: Any) -> Json:
    """A notice that the person of `old` is `new` now, in one of the forms that there are."""
    told: Json = {"body": "User changed", "type": "user_changed_user_id"}
    told |= {"previous_user_id": old["user_id"], "user_id": new["user_id"]}
    if new.get("number"):
        told |= {"type": "user_changed_number", "wa_id": new["number"]}
    about = {"sender": old["number"]} if new.get("number") else {"sender": None}
    return message_of("system", told, at=at, **about, **more)


async def conflicts(runtime: Runtime) -> Sequence[Any]:
    rows = await runtime.store.read(lambda tx: tx.all(select(Contact.__table__)))
    return [row for row in rows if (row.attributes or {}).get("conflicts")]
