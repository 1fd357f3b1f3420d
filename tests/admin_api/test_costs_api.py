"""What models were asked and what it cost, over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from recado.assistant.models.calls import ModelCall, Why
from recado.assistant.models.ledger import Caller, TurnCalls, keep_calls
from recado.runtime import Runtime

CHARACTERS = "/api/v1/characters"


@pytest.fixture
async def calls(runtime: Runtime) -> None:
    for number in range(3):
        caller = Caller(
            conversation_id=f"c{number % 2}", turn_id=f"t{number}", line_id="l", character_id="k"
        )
        call = ModelCall(
            model="openai:any",
            outcome="answered",
            milliseconds=10.0,
            tokens_in=100,
            tokens_out=10,
            cost=2_500,
            why=Why("rule", {"rule": "technical"}),
        )
        made = TurnCalls([call], caller)
        await runtime.store.write(lambda tx, made=made: keep_calls(tx, made))  # type: ignore[misc]


@pytest.mark.usefixtures("calls")
async def test_calls_are_listed_with_their_reason_newest_first(api: httpx.AsyncClient) -> None:
    page = (await api.get("/api/v1/model-calls?limit=2")).json()
    assert [it["turn_id"] for it in page["items"]] == ["t2", "t1"]
    told = page["items"][0]
    assert (told["cost"], told["currency"], told["estimated"]) == (0.0025, "USD", False)
    assert (told["why"], told["why_code"]) == (
        "A rule of the character's fits: technical",
        "rule",
    )
    rest = (await api.get(f"/api/v1/model-calls?limit=2&cursor={page['next']}")).json()
    assert [it["turn_id"] for it in rest["items"]] == ["t0"]
    own = (await api.get("/api/v1/model-calls?conversation=c0")).json()["items"]
    assert [it["turn_id"] for it in own] == ["t2", "t0"]


@pytest.mark.usefixtures("calls")
async def test_costs_are_added_up_by_day_line_and_model(api: httpx.AsyncClient) -> None:
    (day,) = (await api.get("/api/v1/costs?days=2")).json()["items"]
    assert (day["model"], day["calls"], day["tokens_in"], day["tokens_out"]) == (
        "openai:any",
        3,
        300,
        30,
    )
    assert day["cost"] == pytest.approx(0.0075)


async def test_budgets_and_rules_go_through_the_draft(api: httpx.AsyncClient) -> None:
    (sample,) = (await api.get(CHARACTERS)).json()["items"]
    path = f"{CHARACTERS}/{sample['id']}"
    asked: dict[str, Any] = {
        "budgets": {"conversation": {"dollars": 0.5}, "then": "person"},
        "model_rules": [{"model": "openai:any", "length_over": 300}],
    }
    changed = (await api.patch(path, json=asked)).json()
    assert changed["budgets"]["conversation"]["dollars"] is None
    assert changed["draft"]["content"]["budgets"]["conversation"]["dollars"] == 0.5
    diff = (await api.get(f"{path}/diff")).json()["items"]
    assert {it["field"] for it in diff} == {"budgets", "model_rules"}
    published = (await api.post(f"{path}/publish")).json()
    assert published["budgets"]["then"] == "person"


@pytest.mark.parametrize(
    "wrong",
    [
        {"budgets": {"then": "nobody"}},
        {"budgets": {"day": {"dollars": 0}}},
        {"budgets": {"then": "cheaper"}},
        {"model_rules": [{"model": "m", "domain": "sport"}]},
        {"model_rules": [{"model": "m", "length_above": 3}]},
    ],
)
async def test_what_is_wrong_with_budgets_and_rules_is_refused(
    api: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    (sample,) = (await api.get(CHARACTERS)).json()["items"]
    answer = await api.patch(f"{CHARACTERS}/{sample['id']}", json=wrong)
    assert answer.status_code in (400, 422), answer.text
