"""Evaluations over the admin API: what runs have found, and cases of conversations."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from sqlalchemy import select

from recado.assistant.evaluations.cases import Case, Expected
from recado.assistant.evaluations.results import Runs, SetResult, new_run
from recado.assistant.evaluations.running import run_cases
from recado.conversations.model import Message
from recado.runtime import Runtime
from recado.turns.rehearsal import AskOnStage, Rehearsal


async def test_runs_are_listed_with_their_figures(api: httpx.AsyncClient, runtime: Runtime) -> None:
    cases = [
        Case("hours", ("a q hora abren los sabados",), Expected(source=("Horarios",))),
        Case("cars", ("venden autos usados?",), Expected(declined=True)),
    ]
    results = await run_cases(cases, AskOnStage(runtime))
    run = new_run([SetResult("Café", "embedded", tuple(results))])
    Runs(runtime.settings.data).put(run)
    answer = await api.get("/api/v1/evaluations")
    assert answer.status_code == 200
    (item,) = answer.json()["items"]
    assert (item["id"], item["sets"][0]["variant"]) == (run.id, "embedded")
    assert item["sets"][0]["figures"]["right"] == {"count": 1, "total": 1}
    assert item["sets"][0]["figures"]["declined"] == {"count": 1, "total": 1}
    assert (await api.get(f"/api/v1/evaluations/{run.id}")).json() == item


@pytest.mark.parametrize("run_id", ["none", "..%2f..%2fsecret_key", "last"])
async def test_what_is_no_run_is_not_found(api: httpx.AsyncClient, run_id: str) -> None:
    assert (await api.get(f"/api/v1/evaluations/{run_id}")).status_code == 404


async def test_a_conversation_becomes_a_case(api: httpx.AsyncClient, runtime: Runtime) -> None:
    await (await Rehearsal.begin(runtime, name="Lucía")).say("soy Lucía, tienen wifi?")
    found = select(Message.conversation_id)
    conversation = await runtime.store.read(lambda tx: tx.scalar(found))
    address = f"/api/v1/conversations/{conversation}/evaluation-cases"
    answer = await api.post(address, json={})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert "soy Alex, tienen wifi?" in made["yaml"]
    stored = Runs(runtime.settings.data).cases / made["file"]
    assert stored.read_text("utf-8") == made["yaml"]
    assert (await api.post(address, json={"turn_id": "none"})).status_code == 404
    assert (await api.post(address, json={"turn": "x"})).status_code == 422
    unknown = "/api/v1/conversations/none/evaluation-cases"
    assert (await api.post(unknown, json={})).status_code == 404
    assert msgspec.json.decode(answer.content)["id"] == made["id"]
