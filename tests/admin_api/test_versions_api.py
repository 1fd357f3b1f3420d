"""A character's draft, publication, comparison and return over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from recado.runtime import Runtime
from recado.store import Tx
from recado.store.metadata import metadata

CHARACTERS = "/api/v1/characters"


@pytest.fixture
async def path(api: httpx.AsyncClient) -> str:
    (sample,) = (await api.get(CHARACTERS)).json()["items"]
    return f"{CHARACTERS}/{sample['id']}"


async def test_a_change_waits_in_the_draft_until_it_is_published(
    runtime: Runtime, api: httpx.AsyncClient, path: str
) -> None:
    before = (await api.get(path)).json()
    assert (before["version"], before["draft"]) == (1, None)
    changed = (await api.patch(path, json={"greeting": "¡Buenas!"})).json()
    assert changed["greeting"] == before["greeting"]
    assert changed["draft"]["content"]["greeting"] == "¡Buenas!"
    assert (changed["draft"]["number"], changed["draft"]["author"]) == (2, "api")
    assert (await api.get(CHARACTERS)).json()["items"] == [changed]
    assert (await runtime.characters.default()).greeting == before["greeting"]
    published = await api.post(f"{path}/publish", json={"note": "Saludo nuevo"})
    assert published.status_code == 200, published.text
    told = published.json()
    assert (told["greeting"], told["version"], told["draft"]) == ("¡Buenas!", 2, None)
    assert (await runtime.characters.default()).version == 2
    again = await api.post(f"{path}/publish")  # a request that is sent twice does nothing more
    assert again.json() == told


async def test_versions_are_listed_read_compared_and_brought_back(
    api: httpx.AsyncClient, path: str
) -> None:
    await api.patch(f"{path}?publish=true", json={"greeting": "¡Buenas tardes!"})
    await api.patch(path, json={"tone": "Breve"})
    listed = (await api.get(f"{path}/versions")).json()
    assert listed["next"] is None
    assert [(it["number"], it["state"]) for it in listed["items"]] == [
        (3, "draft"),
        (2, "published"),
        (1, "retired"),
    ]
    assert "content" not in listed["items"][0]
    first = (await api.get(f"{path}/versions/1")).json()
    assert first["content"]["greeting"] == ""
    diff = (await api.get(f"{path}/diff")).json()["items"]
    assert [(it["field"], it["before"], it["after"]) for it in diff] == [("tone", "", "Breve")]
    ways = {"before": "1", "after": "published"}
    diff = (await api.get(f"{path}/diff", params=ways)).json()["items"]
    assert [(it["field"], it["pieces"]) for it in diff] == [
        ("greeting", [{"kind": "added", "text": "¡Buenas tardes!"}])
    ]
    back = (await api.post(f"{path}/versions/1/restore")).json()
    assert (back["greeting"], back["version"], back["draft"]["number"]) == ("", 3, 4)
    assert (await api.get(f"{path}/versions/3")).json()["restored_from"] == 1
    thrown = await api.delete(f"{path}/draft")
    assert (thrown.status_code, thrown.json()["draft"]) == (200, None)


async def test_the_second_of_two_programs_is_told(api: httpx.AsyncClient, path: str) -> None:
    revision = (await api.get(path)).json()["revision"]
    given = {"tone": "Breve", "revision": revision}
    assert (await api.patch(path, json=given)).status_code == 200
    late = await api.patch(path, json={"tone": "Larga", "revision": revision})
    assert late.status_code == 409
    assert "changed" in late.json()["detail"]
    assert (await api.get(path)).json()["draft"]["content"]["tone"] == "Breve"
    for asked in (f"{path}/publish", f"{path}/versions/1/restore"):
        assert (await api.post(asked, json={"revision": revision})).status_code == 409


async def test_what_there_is_not_is_said(api: httpx.AsyncClient, path: str) -> None:
    for wanted in ("versions/9", "diff?after=9", "diff"):
        assert (await api.get(f"{path}/{wanted}")).status_code == 404
    assert (await api.get(f"{path}/diff?after=newest")).status_code == 422
    assert (await api.get(f"{path}/versions/0")).status_code == 422
    assert (await api.post(f"{path}/versions/1/restore")).status_code == 409
    for way in ("versions", "versions/1", "diff"):
        assert (await api.get(f"{CHARACTERS}/nobody/{way}")).status_code == 404
    for way, body in (("publish", None), ("try", {"questions": ["hola"]})):
        assert (await api.post(f"{CHARACTERS}/nobody/{way}", json=body)).status_code == 404
    assert (await api.delete(f"{CHARACTERS}/nobody/draft")).status_code == 404


def row_counts(tx: Tx) -> dict[str, int]:
    return {
        name: tx.scalar(select(func.count()).select_from(table))
        for name, table in metadata.tables.items()
    }


async def test_both_answer_the_same_questions_and_nothing_is_stored(
    runtime: Runtime, api: httpx.AsyncClient, path: str
) -> None:
    await api.patch(path, json={"greeting": "¡Buenas tardes, bienvenido!"})
    before = await runtime.store.read(row_counts)
    asked = {"questions": ["hola", "¿a qué hora abren?", "quiero hablar con una persona"]}
    tried = await api.post(f"{path}/try", json=asked)
    assert tried.status_code == 200, tried.text
    hello, hours, person = tried.json()["items"]
    assert hello["draft"]["text"] == "¡Buenas tardes, bienvenido!"
    assert hello["published"]["text"] != hello["draft"]["text"]
    assert (hello["differs"], hello["published_version"], hello["draft_version"]) == (True, 1, 2)
    assert (hours["differs"], hours["pieces"]) == (False, [])
    assert "7:30" in hours["draft"]["sources"][0]["quote"]
    assert person["draft"]["hands_over"] is True
    assert await runtime.store.read(row_counts) == before


async def test_without_a_draft_only_what_is_published_answers(
    api: httpx.AsyncClient, path: str
) -> None:
    (hello,) = (await api.post(f"{path}/try", json={"questions": ["hola"]})).json()["items"]
    assert (hello["draft"], hello["differs"]) == (None, False)
    await api.patch(f"{path}?publish=true", json={"greeting": "¡Buenas!"})
    asked = {"questions": ["hola"], "version": 1}
    (hello,) = (await api.post(f"{path}/try", json=asked)).json()["items"]
    assert (hello["published"]["text"], hello["draft_version"]) == ("¡Buenas!", 1)
    assert hello["differs"]


@pytest.mark.parametrize(
    "body",
    [{}, {"questions": []}, {"questions": [""]}, {"questions": ["hola"] * 11}],
)
async def test_a_trial_needs_some_questions(
    api: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    assert (await api.post(f"{path}/try", json=body)).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": [{"date": "Navidad"}], "time_zone": "Europe/Madrid", "hours": {"mon": []}},
        {"model_policy": {"fallbacks": ["a:b"] * 2}},
        {"model_policy": {"best": "a:b"}},
        {"limits": {"messages": 0}},
        {"handover": {"matters": ["weather"]}},
        {"handover": None},
    ],
)
async def test_a_wrong_rule_is_refused_before_it_is_in_the_draft(
    api: httpx.AsyncClient, path: str, wrong: dict[str, Any]
) -> None:
    assert (await api.patch(path, json=wrong)).status_code in (400, 422)
    assert (await api.get(path)).json()["draft"] is None


async def test_who_answers_on_a_line_is_changed_over_the_api(api: httpx.AsyncClient) -> None:
    new = {"name": "Sol", "prompt": "Eres Sol.", "is_default": False}
    sol = (await api.post(CHARACTERS, json=new)).json()["id"]
    (line,) = (await api.get("/api/v1/lines")).json()["items"]
    assert line["character_id"] is None
    where = f"/api/v1/lines/{line['id']}"
    assert (await api.patch(where, json={"character_id": sol})).json()["character_id"] == sol
    assert (await api.get(f"{CHARACTERS}/{sol}")).json()["lines"] == [line["name"]]
    assert (await api.post(f"{CHARACTERS}/{sol}/archive")).status_code == 409
    assert (await api.patch(where, json={"name": line["name"]})).json()["character_id"] == sol
    assert (await api.patch(where, json={"character_id": "nobody"})).status_code == 422
    assert (await api.patch(where, json={"character_id": None})).json()["character_id"] is None


async def test_publishing_can_need_an_evaluation(api: httpx.AsyncClient, path: str) -> None:
    needed = await api.put(f"{path}/publish-needs", json={"right": 80})
    assert needed.json()["publish_needs"] == {"right": 80.0, "declined": 96.0}
    assert (await api.post(f"{path}/evaluate")).status_code == 404  # there is no draft
    await api.patch(path, json={"greeting": "¡Buenas!"})
    refused = await api.post(f"{path}/publish")
    assert refused.status_code == 409
    assert "Evaluate it first" in refused.json()["detail"]
    past = await api.patch(f"{path}?publish=true", json={"tone": "Seria"})
    assert past.status_code == 409
    asked = await api.post(f"{path}/evaluate")
    assert asked.status_code == 202
    assert asked.json()["draft"]["evaluation"]["state"] == "asked"
    assert (await api.put(f"{path}/publish-needs", json={"right": 101})).status_code == 422
    await api.delete(f"{path}/publish-needs")
    assert (await api.post(f"{path}/publish")).json()["version"] == 2
