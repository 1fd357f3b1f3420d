"""The page on which a supervisor says when a person is called."""

from __future__ import annotations

from recado.escalation.policy import versions
from tests.desk.conftest import DeskUser


async def test_a_supervisor_writes_tries_publishes_and_goes_back(admin: DeskUser) -> None:
    page = await admin.page("/escalation")
    assert 'placeholder="50"' in page
    saved = await admin.post(
        "/escalation",
        htmx=False,
        **{"threshold": "40", "words.es": "dar{me|} de baja\nhoja de reclamaciones"},
    )
    assert saved.status_code == 303
    page = await admin.page("/escalation")
    assert "unpublished draft" in page
    assert "hoja de reclamaciones" in page
    assert (await admin.post("/escalation/try", htmx=False)).status_code == 303
    assert "It begins in a moment" in await admin.page("/escalation")
    assert (await admin.post("/escalation/publish", htmx=False, note="louder")).status_code == 303
    page = await admin.page("/escalation")
    assert "version 1 holds" in page
    assert "louder" in page
    assert (await admin.post("/escalation/versions/0/restore", htmx=False)).status_code == 303
    assert "version 2 holds" in await admin.page("/escalation")


async def test_what_is_wrong_is_said_beside_what_was_typed(admin: DeskUser) -> None:
    fields = {"threshold": "40", "words.es": "gerente\n{cancel"}
    answer = await admin.post("/escalation", htmx=False, **fields)
    assert answer.status_code == 422
    assert "words.es, line 2 ({cancel)" in answer.text
    assert 'value="40"' in answer.text
    answer = await admin.post("/escalation", htmx=False, threshold="many")
    assert answer.status_code == 422
    assert "no number" in answer.text


async def test_a_character_has_rules_of_its_own(admin: DeskUser) -> None:
    persona = await admin.runtime.characters.default()
    place = f"character:{persona.id}"
    await admin.post("/escalation", htmx=False, **{"for": place, "confidence_under": "0.3"})
    view = await admin.runtime.store.read(versions.describe_policy)
    assert view.draft is not None
    assert view.draft.content.characters[persona.id].confidence_under == 0.3
    assert 'value="0.3"' in await admin.page(f"/escalation?for={place}")
    assert 'value="0.3"' not in await admin.page("/escalation")
    assert (await admin.get("/escalation?for=line:walrus")).status_code == 404
