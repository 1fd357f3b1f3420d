"""A user's program speaks in a colleague's conversation only when it says that it takes over."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp

from recado.conversations.ownership import take_over
from recado.runtime import Runtime
from recado.security.users import add_user
from recado.store import Tx
from tests.admin_api.test_keys import TOKEN, add_token
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import api_client


async def test_a_users_token_ends_what_a_colleague_has_only_knowingly(
    runtime: Runtime, app: ASGIApp, api: httpx.AsyncClient
) -> None:
    def seed(tx: Tx) -> tuple[str, list[str]]:
        marta = add_user(tx, email="marta@example.com", name="Marta", role="agent")
        bea = add_user(tx, email="bea@example.com", name="Bea", role="agent")
        add_token(tx, user_id=marta)
        line = add_line(tx)
        conversations = [add_conversation(tx, line) for _ in range(3)]
        for it in conversations:
            take_over(tx, it, actor=f"user:{bea}", user_id=bea)
        return bea, conversations

    bea, conversations = await runtime.store.write(seed)
    async with api_client(app, key=TOKEN) as client:
        for doing, conversation in zip(("handback", "resolve"), conversations, strict=False):
            path = f"/api/v1/conversations/{conversation}"
            for body in (None, {}, {"takeover": False}):
                asked = await client.post(f"{path}/{doing}", json=body)
                assert asked.status_code == 409
                assert asked.json()["type"] == "/problems/held-by-colleague"
            assert (await client.get(path)).json()["assignee_id"] == bea
            done = await client.post(f"{path}/{doing}", json={"takeover": True})
            assert (done.status_code, done.json()["assignee_id"]) == (200, None)
            assert (await client.post(f"{path}/takeover")).status_code == 200
            assert (await client.post(f"{path}/{doing}")).status_code == 200
        missing = await client.post(f"/api/v1/conversations/{'0' * 32}/resolve")
        assert missing.status_code == 404
    of_a_program = await api.post(f"/api/v1/conversations/{conversations[2]}/handback")
    assert of_a_program.status_code == 200


async def test_an_agents_token_is_told_who_has_it_and_programs_go_on(
    runtime: Runtime, app: ASGIApp, api: httpx.AsyncClient
) -> None:
    def seed(tx: Tx) -> tuple[str, str, str]:
        marta = add_user(tx, email="marta@example.com", name="Marta", role="supervisor")
        bea = add_user(tx, email="bea@example.com", name="Bea", role="agent")
        add_token(tx, user_id=marta)
        conversation = add_conversation(tx, add_line(tx))
        take_over(tx, conversation, actor=f"user:{bea}", user_id=bea)
        return marta, bea, conversation

    marta, bea, conversation = await runtime.store.write(seed)
    path = f"/api/v1/conversations/{conversation}"
    key = {"idempotency-key": "hello"}

    async def owner() -> str | None:
        found: str | None = (await api.get(path)).json()["assignee_id"]
        return found

    async with api_client(app, key=TOKEN) as client:
        asked = await client.post(f"{path}/messages", json={"text": "Hola"}, headers=key)
        assert asked.status_code == 409
        problem = asked.json()
        assert problem["type"] == "/problems/held-by-colleague"
        assert "Bea has this conversation" in problem["detail"]
        assert "`takeover`" in problem["detail"]
        assert await owner() == bea

        notice = {"text": "Su pedido salió", "author": "system"}
        assert (await client.post(f"{path}/messages", json=notice)).status_code == 201
        assert await owner() == bea

        taking = {"text": "Hola", "takeover": True}
        said = await client.post(f"{path}/messages", json=taking, headers=key)
        assert said.status_code == 201
        assert await owner() == marta
        again = await client.post(f"{path}/messages", json={"text": "Hola"}, headers=key)
        assert again.json()["id"] == said.json()["id"]

    await runtime.store.write(
        lambda tx: take_over(tx, conversation, actor=f"user:{bea}", user_id=bea)
    )
    assert (await api.post(f"{path}/messages", json={"text": "Hola"})).status_code == 201
