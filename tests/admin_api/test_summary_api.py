"""Programs read what a conversation is about, and have it extended."""

from __future__ import annotations

import httpx

from recado.conversations.messages import append_message
from recado.runtime import Runtime
from recado.store import Tx
from tests.support.conversations import add_conversation, add_line


async def test_a_summary_is_read_and_extended_to_the_last_message(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    id = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
    path = f"/api/v1/conversations/{id}/summary"
    assert (await api.post(path)).status_code == 400
    said = {"direction": "inbound", "author": "contact", "type": "text"}

    def say(tx: Tx) -> None:
        append_message(tx, id, text="quiero cambiar mi pedido 1182", **said)

    await runtime.store.write(say)
    missing = await api.get(path)
    assert missing.status_code == 404
    assert "POST makes one" in missing.json()["detail"]
    made = (await api.post(path)).json()
    assert (made["covers_to"], made["model"], made["language"]) == (1, "embedded", "es")
    assert "pedido 1182" in made["text"]
    assert (await api.get(path)).json() == made
    assert (await api.post("/api/v1/conversations/nothing/summary")).status_code == 404
