"""Programs read, write, correct and erase what is known about a contact."""

from __future__ import annotations

import httpx

from recado.conversations.facts.reading import find_facts
from recado.conversations.messages import append_message
from recado.runtime import Runtime
from recado.store import Tx
from tests.support.conversations import add_conversation, add_line


async def say(runtime: Runtime, text: str) -> str:
    """Somebody new writes it. Returns their id."""

    def work(tx: Tx) -> str:
        id = add_conversation(tx, add_line(tx))
        about = {"direction": "inbound", "author": "contact", "type": "text"}
        return str(append_message(tx, id, text=text, **about)["contact_id"])

    contact = await runtime.store.write(work)
    await find_facts(runtime.store)
    return contact


async def test_facts_are_listed_written_corrected_and_erased(
    api: httpx.AsyncClient, runtime: Runtime
) -> None:
    path = f"/api/v1/contacts/{await say(runtime, 'me llamo Ana')}/facts"
    (fact,) = (await api.get(path)).json()["items"]
    assert (fact["kind"], fact["value"], fact["confidence"]) == ("name", "Ana", 0.95)
    assert fact["source_message_id"]
    corrected = await api.patch(f"{path}/{fact['id']}", json={"value": "Anna"})
    assert (corrected.status_code, corrected.json()["origin"]) == (200, "person")
    added = await api.post(path, json={"kind": "order", "value": "1182"})
    assert added.status_code == 201
    states = [it["state"] for it in (await api.get(path, params={"history": True})).json()["items"]]
    assert sorted(states) == ["current", "current", "replaced"]
    erased = await api.delete(f"{path}/{corrected.json()['id']}")
    assert erased.status_code == 204
    left = (await api.get(path, params={"history": True})).json()["items"]
    assert [it["value"] for it in left] == ["1182"]


async def test_what_there_is_not_is_said(api: httpx.AsyncClient, runtime: Runtime) -> None:
    path = f"/api/v1/contacts/{await say(runtime, 'hola')}/facts"
    assert (await api.get("/api/v1/contacts/nobody/facts")).status_code == 404
    assert (await api.post(path, json={"kind": "mood", "value": "bad"})).status_code == 422
    assert (await api.patch(f"{path}/nothing", json={"value": "x"})).status_code == 404
    assert (await api.delete(f"{path}/nothing")).status_code == 404
