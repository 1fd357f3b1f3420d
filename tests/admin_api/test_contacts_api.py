"""Conflicts are settled through the API, by whom may."""

from __future__ import annotations

import httpx
from sqlalchemy import select
from starlette.types import ASGIApp

from recado.channels.messages import Identity
from recado.conversations.conflicts import show_conflict
from recado.conversations.model import Conversation
from recado.runtime import Runtime
from recado.security.users import add_user
from recado.store import Tx
from tests.admin_api.test_keys import TOKEN, add_token
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import api_client


async def test_a_conflict_is_settled_once(
    runtime: Runtime, app: ASGIApp, api: httpx.AsyncClient
) -> None:
    def seed(tx: Tx) -> list[str]:
        line = add_line(tx)
        agent = add_user(tx, email="bea@example.com", name="Bea", role="agent")
        add_token(tx, user_id=agent)
        contacts = []
        for number in range(3):
            known = (("phone", f"1650555032{number}"),)
            id = add_conversation(tx, line, identities=known)
            query = select(Conversation.contact_id).where(Conversation.id == id)
            contacts.append(str(tx.scalar(query)))
        for other in (1, 2):
            claimed = Identity("phone", f"1650555032{other}")
            show_conflict(tx, {contacts[0], contacts[other]}, claimed)
        return contacts

    ana, maria, third = await runtime.store.write(seed)
    path = f"/api/v1/contacts/{ana}"
    shown = (await api.get(path)).json()["attributes"]["conflicts"]
    assert {"contact_id": maria, "kind": "phone", "value": "16505550321"} in shown
    first, second = ({"kind": "phone", "value": f"1650555032{n}"} for n in (1, 2))
    async with api_client(app, key=TOKEN) as client:
        assert (await client.post(f"{path}/join", json=first)).status_code == 403
    joined = await api.post(f"/api/v1/contacts/{maria}/join", json=first)
    assert joined.status_code == 200
    assert joined.json()["id"] == ana
    assert {it["value"] for it in joined.json()["identities"]} == {"16505550320", "16505550321"}
    apart = await api.post(f"/api/v1/contacts/{third}/apart", json=second)
    assert apart.json()["attributes"]["conflicts"] == []
    for again in (f"{path}/join", f"{path}/apart", f"/api/v1/contacts/{maria}/join"):
        assert (await api.post(again, json=second)).status_code == 404
    assert (
        await api.post(f"{path}/join", json={"kind": "username", "value": "x"})
    ).status_code == 422
