"""Who asks to be forgotten is forgotten in groups too, and the others' words stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from recado.conversations.model import Conversation
from recado.maintenance.personal_data import erase, export_contact, find_contact
from recado.subscriptions import making
from recado.subscriptions.model import EventDelivery
from tests.support.flow import running_flow
from tests.support.payloads import CUSTOMER, Json, media_message, reaction, text_message

GROUP = "Y2FwaV9ncm91cDoxMjM0NTY3ODkw"
OTHER = "16505550002"


def in_group(message: Json) -> Json:
    return {**message, "group_id": GROUP}


async def test_what_a_person_said_in_a_group_goes_with_the_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.receive(in_group(text_message("soy yo", id="wamid.mine")))
        await flow.receive(in_group(text_message(f"llama al {CUSTOMER}", sender=OTHER, id="w.2")))
        await flow.receive(in_group(reaction("👍", "w.2", id="w.3")))
        await flow.receive(in_group(reaction("🙏", "w.2", sender=OTHER, id="w.4")))
        await flow.receive(in_group(media_message("image", "1013", id="w.5")))
        await flow.quiet()

        def exported(tx: Any) -> dict[str, Any]:
            return export_contact(tx, find_contact(tx, CUSTOMER))

        document = await flow.runtime.store.read(exported)
        said = [row["provider_message_id"] for row in document["said_in_groups"]]
        assert sorted(said) == ["w.3", "w.5", "wamid.mine"]
        removed = await erase(flow.runtime, CUSTOMER, actor="cli")
        assert removed["messages in groups"] == 3
        left = {row.provider_message_id: row for row in await flow.messages()}
        assert set(left) == {"w.2", "w.4"}
        assert left["w.2"].reactions == {OTHER: "🙏"}
        previews = await flow.runtime.store.read(
            lambda tx: tx.all(select(Conversation.last_preview))
        )
        assert [row.last_preview for row in previews] == [""]


async def test_what_subscribers_were_told_of_it_goes_too_and_of_the_others_words_stays(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        made = await making.add(flow.runtime, "test", {"url": "https://shop.example/x"})
        await making.change(flow.runtime, "test", made.subscription.id, {"state": "paused"})
        await flow.receive(text_message("hola"))
        await flow.receive(in_group(text_message("soy yo", id="wamid.mine")))
        await flow.receive(in_group(text_message("y yo otro", sender=OTHER, id="w.2")))
        await flow.quiet()
        await erase(flow.runtime, CUSTOMER, actor="cli")
        told = await flow.runtime.store.read(lambda tx: tx.all(select(EventDelivery.body)))
        bodies = " ".join(row.body for row in told)
        assert "y yo otro" in bodies
        assert "soy yo" not in bodies
        assert "hola" not in bodies
