"""The assistant over the API: what it thinks of a text, what it knows, who it is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from recado.runtime import Runtime
from recado.store import Tx
from recado.store.metadata import metadata

FAQ = "## ¿A qué hora abren?\nAbrimos de 7 a 19.\n\n## ¿Tienen wifi?\nSí, la clave es torta123.\n"


async def test_an_angry_text_is_understood_and_nothing_is_stored(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    before = await runtime.store.read(row_counts)
    body = {"text": "quiero cancelar, esto es una vergüenza"}
    analysis = (await api.post("/api/v1/analyze", json=body)).json()
    assert analysis["sentiment"] == "NEGATIVE"
    assert sum(analysis["sentiment_scores"].values()) == pytest.approx(1, abs=0.01)
    assert analysis["language"] == "es"
    assert analysis["escalation"]["escalates"] is True
    reasons = analysis["escalation"]["reasons"]
    assert analysis["escalation"]["score"] == sum(reason["weight"] for reason in reasons)
    assert "trigger_words" in [reason["code"] for reason in reasons]
    assert {"intent", "complexity"} <= set(analysis)
    assert await runtime.store.read(row_counts) == before


async def test_the_language_may_be_given(api: httpx.AsyncClient) -> None:
    for language in ("es", "pt", "en"):
        body = {"text": "ok", "language": language}
        analysis = (await api.post("/api/v1/analyze", json=body)).json()
        assert analysis["language"] == language
        assert analysis["escalation"] == {"score": 0, "reasons": [], "escalates": False}


@pytest.mark.parametrize(
    "words", ["", " ", "🎂", "asdf", "a" * 10_000, "<script>", "'; --", "שלום"]
)
async def test_any_text_can_be_analyzed(api: httpx.AsyncClient, words: str) -> None:
    response = await api.post("/api/v1/analyze", json={"text": words})
    assert response.status_code == 200
    assert response.json()["language"] in ("es", "pt", "en")


@pytest.mark.parametrize(
    "body", [{}, {"text": None}, {"text": "x", "language": "fr"}, {"text": "x" * 10_001}]
)
async def test_what_cannot_be_analyzed_is_refused(
    api: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await api.post("/api/v1/analyze", json=body)).status_code == 422


async def test_what_is_taught_is_found_and_forgotten(api: httpx.AsyncClient) -> None:
    path = "/api/v1/knowledge"
    sample = (await api.get(path)).json()["items"]
    assert sample
    assert all(source["sample"] for source in sample)
    added = await api.post(path, json={"name": "Preguntas", "text": FAQ})
    assert added.status_code == 201
    source = added.json()
    assert (source["outcome"], source["passage_count"]) == ("added", 2)
    assert [item["name"] for item in (await api.get(path)).json()["items"]] == ["Preguntas"]
    hits = await api.get(f"{path}/search", params={"q": "¿a qué hora abren?"})
    best = hits.json()["items"][0]
    assert "de 7 a 19" in best["text"]
    assert best["score"] >= 0.6
    replaced = await api.post(path, json={"name": "Preguntas", "text": "## Wifi\nNo hay."})
    assert replaced.json()["id"] == source["id"]
    assert replaced.json()["outcome"] == "replaced"
    gone = await api.delete(f"{path}/{source['id']}")
    assert (gone.status_code, gone.json()["name"]) == (200, "Preguntas")
    assert (await api.get(path)).json()["items"] == []
    assert (await api.delete(f"{path}/{source['id']}")).status_code == 404


async def test_a_file_is_taught_under_its_name(api: httpx.AsyncClient) -> None:
    files = {"file": ("C:/menú/preguntas.md", FAQ.encode(), "text/markdown")}
    added = await api.post("/api/v1/knowledge/files", files=files)
    assert added.status_code == 201, added.text
    assert (added.json()["name"], added.json()["kind"]) == ("preguntas.md", "markdown")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("virus.exe", b"MZ"),
        ("empty.md", b""),
        ("broken.pdf", b"%PDF-1.7 nonsense"),
        ("binary.txt", b"a\x00b"),
    ],
)
async def test_a_file_that_cannot_be_read_says_what_to_do(
    api: httpx.AsyncClient, name: str, data: bytes
) -> None:
    response = await api.post("/api/v1/knowledge/files", files={"file": (name, data)})
    assert response.status_code in (400, 422)
    assert response.json()["detail"] != response.json()["title"]
    assert [source["name"] for source in (await api.get("/api/v1/knowledge")).json()["items"]] == [
        "cafe-aurora.en.md",
        "cafe-aurora.es.md",
        "cafe-aurora.pt.md",
    ]


async def test_a_file_route_without_a_file_names_the_field(api: httpx.AsyncClient) -> None:
    response = await api.post("/api/v1/knowledge/files", data={"name": "x"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "body.file"


@pytest.mark.parametrize("q", ["' OR 1=1 --", '"', "NEAR(", "* AND", "🎂", "a" * 2000])
async def test_any_question_can_be_searched(api: httpx.AsyncClient, q: str) -> None:
    response = await api.get("/api/v1/knowledge/search", params={"q": q})
    assert response.status_code == 200


async def test_a_character_is_made_and_becomes_the_one_who_answers(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    path = "/api/v1/characters"
    (sample,) = (await api.get(path)).json()["items"]
    assert sample["is_default"] is True
    new = {"name": "Luna 🌙", "prompt": "Eres Luna.", "languages": ["es"], "is_default": True}
    added = await api.post(path, json=new)
    assert added.status_code == 201
    luna = added.json()
    assert (luna["name"], luna["languages"], luna["sources"]) == ("Luna 🌙", ["es"], None)
    assert (await api.get(f"{path}/{luna['id']}")).json() == luna
    assert (await api.get(f"{path}/{sample['id']}")).json()["is_default"] is False
    assert (await runtime.characters.default()).name == "Luna 🌙"
    at_once = f"{path}/{luna['id']}?publish=true"
    changed = await api.patch(at_once, json={"prompt": "Eres breve."})
    assert (changed.json()["prompt"], changed.json()["name"]) == ("Eres breve.", "Luna 🌙")
    assert (await runtime.characters.default()).prompt == "Eres breve."
    archived = await api.post(f"{path}/{sample['id']}/archive")
    assert archived.json()["archived_at"] is not None
    assert [item["id"] for item in (await api.get(path)).json()["items"]] == [luna["id"]]
    put_away = (await api.get(path, params={"archived": "true"})).json()["items"]
    assert [item["id"] for item in put_away] == [sample["id"]]
    assert (await api.post(f"{path}/{luna['id']}/archive")).status_code == 409


async def test_the_first_character_of_ones_own_takes_the_samples_place_and_the_second_does_not(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    for name in ("Luna", "Sol"):
        added = await api.post("/api/v1/characters", json={"name": name, "prompt": f"Eres {name}."})
        assert (added.status_code, added.json()["is_default"]) == (201, name == "Luna")
    assert (await runtime.characters.default()).name == "Luna"


async def test_a_character_that_is_not_to_answer_leaves_the_sample_in_its_place(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    sample = (await runtime.characters.default()).name
    new = {"name": "Luna", "prompt": "Eres Luna.", "is_default": False}
    assert (await api.post("/api/v1/characters", json=new)).json()["is_default"] is False
    assert (await runtime.characters.default()).name == sample


async def test_two_characters_never_share_a_name(api: httpx.AsyncClient) -> None:
    path = "/api/v1/characters"
    (sample,) = (await api.get(path)).json()["items"]
    taken = {"name": sample["name"], "prompt": "x"}
    assert (await api.post(path, json=taken)).status_code == 409
    other = (await api.post(path, json={"name": "Luna", "prompt": "x"})).json()
    change = await api.patch(f"{path}/{other['id']}", json={"name": sample["name"]})
    assert change.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "x"},
        {"name": "", "prompt": "x"},
        {"name": "L", "prompt": ""},
        {"name": "L", "prompt": "x", "languages": []},
        {"name": "L", "prompt": "x", "languages": ["fr"]},
        {"name": "L" * 81, "prompt": "x"},
        {"name": "L", "prompt": "x", "color": "red"},
        {"name": "L", "prompt": "x\x00"},
    ],
)
async def test_a_wrong_character_is_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await api.post("/api/v1/characters", json=body)).status_code == 422
    assert len((await api.get("/api/v1/characters")).json()["items"]) == 1


async def test_a_change_to_nothing_is_refused(api: httpx.AsyncClient) -> None:
    (sample,) = (await api.get("/api/v1/characters")).json()["items"]
    path = f"/api/v1/characters/{sample['id']}"
    assert (await api.patch(path, json={"name": None})).status_code == 422
    limited = await api.patch(path, json={"sources": ["Preguntas"]})
    assert limited.json()["draft"]["content"]["sources"] == ["Preguntas"]
    # With what is published, there is nothing left to publish.
    assert (await api.patch(path, json={"sources": None})).json()["draft"] is None


def row_counts(tx: Tx) -> dict[str, int]:
    return {
        name: tx.scalar(select(func.count()).select_from(table))
        for name, table in metadata.tables.items()
    }
