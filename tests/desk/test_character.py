"""The page on which a business writes who answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from recado.assistant.characters import default_character
from recado.security.model import AuditEntry
from tests.desk.conftest import DeskUser

GOOD: dict[str, Any] = {
    "name": "Luna",
    "tone": "Seria y breve",
    "greeting": "¡Bienvenido a la Librería Luna!",
    "prompt": "Eres Luna.",
    "mon": "9-13, 15:00–20:00",
    "sun": "",
    "time_zone": "America/Bogota",
}


async def character(user: DeskUser) -> Any:
    return await user.runtime.store.read(default_character)


async def test_what_is_written_is_how_it_answers(admin: DeskUser) -> None:
    response = await admin.post("/character", htmx=False, **GOOD)
    assert response.status_code == 303
    stored = await character(admin)
    assert (stored.name, stored.tone) == ("Luna", "Seria y breve")
    assert stored.hours == {"mon": (("09:00", "13:00"), ("15:00", "20:00"))}
    page = await admin.page("/character")
    assert 'value="09:00-13:00, 15:00-20:00"' in page
    assert "¡Bienvenido a la Librería Luna!" in page
    persona = await admin.runtime.characters.default()
    assert persona.name == "Luna"
    entries = await admin.runtime.store.read(lambda tx: tx.all(select(AuditEntry.action)))
    assert "character.change" in [entry.action for entry in entries]


async def test_what_is_wrong_is_said_beside_what_was_typed(admin: DeskUser) -> None:
    before = await character(admin)
    for field, value, said in (
        ("mon", "nine to five", "09:00-18:00"),
        ("mon", "09:00-09:00", "different times"),
        ("time_zone", "Macondo", "time zone"),
        ("time_zone", "", "time zone"),
        ("name", " ", "name of at most 80"),
        ("prompt", "", "prompt of at most"),
        ("tone", "x" * 501, "at most 500"),
    ):
        response = await admin.post("/character", htmx=False, **{**GOOD, field: value})
        assert response.status_code == 422
        assert said in response.text
        assert "Librería Luna" in response.text
    assert await character(admin) == before


async def test_markup_in_a_character_stays_text(admin: DeskUser) -> None:
    await admin.post("/character", htmx=False, **{**GOOD, "greeting": "</textarea><script>x"})
    assert "<script>x" not in await admin.page("/character")


async def test_an_agent_may_not_change_it(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    assert (await visitor.post("/character", **GOOD)).status_code == 403
    assert (await character(visitor)).name != "Luna"
    assert "readonly" in await visitor.page("/character")


async def test_the_simulator_suggests_what_was_taught(admin: DeskUser) -> None:
    assert "gluten-free cake" in await admin.page("/simulator")
    text = b"# Env\xc3\xados\n\n## Zonas de reparto\nEn toda la ciudad, en dos d\xc3\xadas."
    await admin.runtime.knowledge.add("envios.md", text)
    page = await admin.page("/simulator")
    assert "gluten-free cake" not in page
    assert "sample knowledge" not in page
