"""Programs see what the assistant did not know, and teach it question by question."""

from __future__ import annotations

from typing import Any

import httpx

from recado.assistant.unanswered.keeping import keep_questions
from recado.runtime import Runtime
from recado.store import Tx, new_id
from tests.support.conversations import add_conversation, add_line

PATH = "/api/v1/knowledge"


async def asked(runtime: Runtime, *texts: str) -> str:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        about = {"conversation_id": conversation, "turn_id": new_id()}
        keep_questions(tx, texts, language="es", **about)
        return conversation

    return await runtime.store.write(work)


async def items(api: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    response = await api.get(f"{PATH}{path}", params=query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


async def test_what_was_not_known_is_listed_answered_and_found(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    conversation = await asked(runtime, "¿Aceptan bitcoin?")
    (group,) = await items(api, "/unanswered")
    assert (group["text"], group["times"], group["state"]) == ("¿Aceptan bitcoin?", 1, "open")
    assert group["asked"][0]["conversation_id"] == conversation
    assert group["last_at"].endswith("Z")
    path = f"{PATH}/unanswered/{group['id']}/answer"
    taught = await api.post(path, json={"text": "Todavía no aceptamos bitcoin."})
    assert taught.status_code == 201, taught.text
    assert taught.json()["kind"] == "answer"
    assert taught.json()["answer"]["questions"] == ["¿Aceptan bitcoin?"]
    best, *_ = await items(api, "/search", q="puedo pagar con bitcoin")
    assert best["text"] == "Todavía no aceptamos bitcoin."
    assert await items(api, "/unanswered") == []
    assert (await api.post(path, json={"text": "Sí"})).status_code == 404
    assert (await api.post(path, json={})).status_code == 422


async def test_questions_are_dismissed_put_together_and_taken_apart(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    await asked(runtime, "¿admiten perros?", "venden velas aromáticas?", "me prestan dinero?")
    one, two, three = await items(api, "/unanswered", order="newest")
    merged = await api.post(f"{PATH}/unanswered/{one['id']}/merge", json={"other_id": two["id"]})
    assert merged.json()["times"] == 2
    alone = await api.post(f"{PATH}/unanswered/{merged.json()['asked'][0]['id']}/split")
    assert alone.json()["times"] == 1
    dismissed = await api.post(f"{PATH}/unanswered/{three['id']}/dismiss")
    assert dismissed.json()["state"] == "dismissed"
    assert [it["id"] for it in await items(api, "/unanswered", state="dismissed")] == [three["id"]]
    assert (await api.post(f"{PATH}/unanswered/nothing/dismiss")).status_code == 404


async def test_an_answer_is_written_changed_and_forgotten(api: httpx.AsyncClient) -> None:
    new = {"questions": ["¿Hay wifi?", "clave del wifi"], "text": "La clave es aurora2026."}
    added = await api.post(f"{PATH}/answers", json=new)
    assert added.status_code == 201, added.text
    source = added.json()
    assert (source["name"], source["passage_count"], source["answer"]) == ("¿Hay wifi?", 1, new)
    new["text"] = "La clave es otra: aurora2027."
    path = f"{PATH}/answers/{source['id']}"
    changed = await api.put(path, json={**new, "questions": ["¿Tienen wifi?"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["id"], changed.json()["name"]) == (source["id"], "¿Tienen wifi?")
    best, *_ = await items(api, "/search", q="tienen wifi?")
    assert "aurora2027" in best["text"]
    assert (await api.delete(f"{PATH}/{source['id']}")).status_code == 200
    assert (await api.put(path, json=new)).status_code == 404


async def test_an_answer_takes_no_files_place_and_no_file_an_answers(
    api: httpx.AsyncClient,
) -> None:
    await api.post(PATH, json={"name": "Wifi", "text": "Hay wifi en el local."})
    refused = await api.post(f"{PATH}/answers", json={"questions": ["Wifi"], "text": "No hay."})
    assert refused.status_code == 409, refused.text
    await api.post(f"{PATH}/answers", json={"questions": ["Terraza"], "text": "Sí, hay terraza."})
    refused = await api.post(PATH, json={"name": "Terraza", "text": "No hay terraza."})
    assert refused.status_code == 409, refused.text
