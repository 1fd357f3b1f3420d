"""The pages on which a business writes who answers, tries it, publishes it, and goes back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from recado.app.evaluating_drafts import evaluate_next
from recado.assistant.characters import default_character, list_characters
from recado.assistant.tools import NewTool, ToolView, registry
from recado.assistant.versions import CharacterView, describe_character
from recado.escalation.departments.registry import add_department
from recado.security.model import AuditEntry
from tests.desk.conftest import DeskUser, browser

GOOD: dict[str, Any] = {
    "name": "Luna",
    "tone": "Seria y breve",
    "greeting": "¡Bienvenido a la Librería Luna!",
    "prompt": "Eres Luna.",
    "mon": "9-13, 15:00–20:00",
    "sun": "",
    "time_zone": "America/Bogota",
    "holidays": "12-25 Navidad\r\n12-24 9-14, 16-18 Nochebuena\r\n",
    "languages": ["es", "en"],
    "knowledge": "all",
    "trigger_words": "abogado\nfactura rectificativa",
    "matters": ["returns"],
    "department": "billing",
    "threshold": "60",
    "messages": "40",
    "model": "openai:gpt-5-mini",
    "cheaper": "embedded",
    "strongest": "openai:gpt-5",
    "fallbacks": "embedded",
    "answer_tokens": "300",
    "rules": "openai:gpt-5 technical complexity>0.8\r\nopenai:gpt-5-mini pt cost>0,10 length<200",
    "conversation_dollars": "0,50",
    "line_tokens": "100000",
    "budget_then": "cheaper",
}


async def character(user: DeskUser) -> CharacterView:
    def read(tx: Any) -> CharacterView:
        return describe_character(tx, default_character(tx).id)

    return await user.runtime.store.read(read)


async def path_of(user: DeskUser) -> str:
    return f"/characters/{(await character(user)).id}"


async def typed(user: DeskUser, **changes: Any) -> dict[str, Any]:
    revision = str((await character(user)).revision)
    return {**GOOD, "revision": revision, **changes}


async def test_what_is_written_is_a_draft_until_it_is_published(admin: DeskUser) -> None:
    path = await path_of(admin)
    response = await admin.post(path, htmx=False, **await typed(admin))
    assert (response.status_code, response.headers["location"]) == (303, path)
    stored = await character(admin)
    assert stored.name == "Aurora"
    assert stored.draft
    draft = stored.draft.content
    assert (draft.name, draft.tone, draft.languages) == ("Luna", "Seria y breve", ("es", "en"))
    assert draft.hours == {"mon": (("09:00", "13:00"), ("15:00", "20:00"))}
    assert [(it.date, it.name, len(it.spans)) for it in draft.holidays] == [
        ("12-25", "Navidad", 0),
        ("12-24", "Nochebuena", 2),
    ]
    assert draft.handover.trigger_words == ("abogado", "factura rectificativa")
    assert (draft.handover.threshold, draft.limits.messages) == (60, 40)
    assert draft.model_policy.strongest == "openai:gpt-5"
    assert draft.model_rules == (
        {"model": "openai:gpt-5", "domain": "technical", "complexity_over": 0.8},
        {"model": "openai:gpt-5-mini", "language": "pt", "cost_over": 0.1, "length_under": 200.0},
    )
    assert draft.budgets.conversation.dollars == 0.5
    assert (draft.budgets.line.tokens, draft.budgets.then) == (100_000, "cheaper")
    page = await admin.page(path)
    for shown in (
        'value="09:00-13:00, 15:00-20:00"',
        "12-24 09:00-14:00, 16:00-18:00 Nochebuena",
        "¡Bienvenido a la Librería Luna!",
        "Customers still hear version 1.",
    ):
        assert shown in page
    assert (await admin.runtime.characters.default()).name == "Aurora"
    changes = await admin.page(f"{path}/changes")
    assert "<ins>Luna</ins>" in changes
    assert "Monday 09:00-13:00" in changes
    assert "openai:gpt-5-mini pt length&lt;200 cost&gt;0.1" in changes
    assert "US$ 0.5" in changes
    assert "100000 tokens" in changes
    note = {"note": "Somos otra", "revision": str(stored.revision)}
    response = await admin.post(f"{path}/publish", htmx=False, **note)
    assert response.headers["location"] == f"{path}/versions"
    assert (await admin.runtime.characters.default()).name == "Luna"
    history = await admin.page(f"{path}/versions")
    assert "Somos otra" in history
    entries = await admin.runtime.store.read(lambda tx: tx.all(select(AuditEntry.action)))
    assert {"character.change", "character.publish"} <= {entry.action for entry in entries}


async def test_what_the_form_shows_is_what_it_saves(admin: DeskUser) -> None:
    path = await path_of(admin)
    await admin.post(path, htmx=False, **await typed(admin))
    before = await character(admin)
    await admin.post(path, htmx=False, **fields_of(await admin.page(path)))
    assert await character(admin) == before


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the page's editor."""
    form = page[page.index('class="editor"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        name, value = given.get("name", ""), html.unescape(given.get("value", ""))
        if given.get("type") == "checkbox":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    for given, value in re.findall(r'<textarea((?:[^>"]|"[^"]*")*)>([^<]*)</textarea>', form):
        found[re.findall(r' name="(\w+)"', given)[0]] = html.unescape(value)
    for name in ("department", "budget_then"):
        (options,) = re.findall(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', form, re.DOTALL)
        found[name] = next(iter(re.findall(r'<option value="(\w*)" selected>', options)), "")
    return found


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("rules", "openai:gpt-5 hard", "hard is nothing that a rule can ask for"),
        ("conversation_dollars", "poco", "poco is not an amount"),
        ("day_dollars", "0", "A budget is more than 0"),
        ("cheaper", "", "Name the cheaper model"),
    ],
)
async def test_what_is_wrong_with_rules_and_budgets_is_said_beside_what_was_typed(
    admin: DeskUser, field: str, wrong: str, said: str
) -> None:
    path = await path_of(admin)
    response = await admin.post(path, htmx=False, **await typed(admin, **{field: wrong}))
    assert response.status_code == 422
    assert said in response.text


async def test_a_budget_in_money_names_the_models_that_have_no_price(admin: DeskUser) -> None:
    path = await path_of(admin)
    await admin.post(path, htmx=False, **await typed(admin, strongest="openai:our-own"))
    page = await admin.page(path)
    assert "Nobody knows the price of openai:our-own:" in page


async def test_an_earlier_version_comes_back_in_one_step(admin: DeskUser) -> None:
    path = await path_of(admin)
    await admin.post(path, htmx=False, **await typed(admin))
    await admin.post(f"{path}/publish", htmx=False)
    page = await admin.page(f"{path}/versions/1")
    assert "<ins>Aurora</ins>" in page
    revision = str((await character(admin)).revision)
    await admin.post(f"{path}/versions/1/restore", htmx=False, revision=revision, note="Mejor así")
    assert (await admin.runtime.characters.default()).name == "Aurora"
    history = await admin.page(f"{path}/versions")
    assert "Went back to version 1" in history
    assert "Mejor así" in history


async def test_of_two_who_write_the_second_keeps_the_text_and_is_told(admin: DeskUser) -> None:
    path = await path_of(admin)
    mine, theirs = await typed(admin, tone="La mía"), await typed(admin, tone="La suya")
    async with browser(admin.runtime) as colleague:
        await colleague.sign_in("supervisor")
        assert (await colleague.post(path, htmx=False, **theirs)).status_code == 303
    response = await admin.post(path, htmx=False, **mine)
    assert response.status_code == 409
    assert 'value="La mía"' in response.text
    assert "Somebody has changed this character" in response.text
    assert "<del>suya</del><ins>mía</ins>" in response.text
    kept = (await character(admin)).draft
    assert kept
    assert kept.content.tone == "La suya"
    # Who saves again has seen the other's and means it.
    again = {**mine, "revision": fields_of(response.text)["revision"]}
    assert (await admin.post(path, htmx=False, **again)).status_code == 303
    kept = (await character(admin)).draft
    assert kept
    assert kept.content.tone == "La mía"


async def test_who_publishes_what_has_changed_meanwhile_looks_again(admin: DeskUser) -> None:
    path = await path_of(admin)
    await admin.post(path, htmx=False, **await typed(admin))
    seen = str((await character(admin)).revision)
    await admin.post(path, htmx=False, **await typed(admin, tone="Otra"))
    response = await admin.post(f"{path}/publish", htmx=False, revision=seen)
    assert response.headers["location"] == f"{path}/changes"
    assert (await admin.runtime.characters.default()).name == "Aurora"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mon", "nine to five", "09:00-18:00"),
        ("mon", "09:00-09:00", "different times"),
        ("time_zone", "Macondo", "time zone"),
        ("time_zone", "", "time zone"),
        ("name", " ", "name of at most 80"),
        ("prompt", "", "prompt of at most"),
        ("tone", "x" * 501, "at most 500"),
        ("holidays", "25/12 Navidad", "12-25 for every year"),
        ("threshold", "many", "not a number"),
        ("fallbacks", "two words", "no model"),
        ("languages", [], "speaks some of"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(
    admin: DeskUser, field: str, value: Any, said: str
) -> None:
    before = await character(admin)
    response = await admin.post(
        await path_of(admin), htmx=False, **await typed(admin, **{field: value})
    )
    assert response.status_code == 422
    assert said in response.text
    assert "Librería Luna" in response.text
    assert await character(admin) == before


async def test_the_same_questions_are_asked_of_both(admin: DeskUser) -> None:
    path = await path_of(admin)
    page = await admin.page(f"{path}/try")
    assert "only what is published answers" in page
    assert "hola, ¿a qué hora abren?" in page
    await admin.post(
        path,
        htmx=False,
        **await typed(admin, model="", cheaper="", strongest="", rules="", budget_then=""),
    )
    response = await admin.post(f"{path}/try", questions="hola\n\n¿a qué hora abren?\n")
    assert response.status_code == 200
    assert response.text.count('class="panel compared"') == 2
    assert "differs" in response.text
    assert "<ins>" in response.text
    assert "Librería Luna!" in response.text
    assert response.text.count("abrimos de 7:30") >= 2
    for asked, said in (("\n", "Write a question"), ("hola\n" * 11, "Up to ten questions")):
        answer = await admin.post(f"{path}/try", htmx=False, questions=asked)
        assert (answer.status_code, said in answer.text) == (422, True)


async def test_markup_in_a_character_stays_text(admin: DeskUser) -> None:
    path = await path_of(admin)
    evil = "</textarea><script>x"
    given = await typed(admin, greeting=evil, trigger_words=evil, model="")
    await admin.post(path, htmx=False, **given)
    for page in (path, f"{path}/changes", f"{path}/versions"):
        assert "<script>x" not in await admin.page(page)
    tried = await admin.post(f"{path}/try", questions="hola\n<script>x</script>")
    assert "<script>x" not in tried.text


async def test_an_agent_reads_and_tries_and_changes_nothing(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    path = await path_of(visitor)
    for changed in (path, f"{path}/publish", f"{path}/discard", f"{path}/versions/1/restore"):
        assert (await visitor.post(changed, **GOOD)).status_code == 403
    assert (await visitor.post("/characters", name="Sol")).status_code == 403
    assert (await character(visitor)).draft is None
    page = await visitor.page(path)
    assert "readonly" in page
    assert "Save draft" not in page
    assert (await visitor.post(f"{path}/try", questions="hola")).status_code == 200


async def test_a_draft_is_discarded(admin: DeskUser) -> None:
    path = await path_of(admin)
    await admin.post(path, htmx=False, **await typed(admin))
    await admin.post(f"{path}/discard", htmx=False)
    assert (await character(admin)).draft is None
    assert "everything is published" in await admin.page(f"{path}/changes")


async def test_only_some_knowledge_is_chosen(admin: DeskUser) -> None:
    path = await path_of(admin)
    (first, *_) = await admin.runtime.knowledge.list()
    given = await typed(admin, knowledge="chosen", sources=[first.id])
    await admin.post(path, htmx=False, **given)
    draft = (await character(admin)).draft
    assert draft
    assert draft.content.sources == (first.id,)
    assert first.name in await admin.page(f"{path}/changes")


async def test_only_some_tools_are_chosen_and_shown_as_a_change(admin: DeskUser) -> None:
    path = await path_of(admin)
    assert "There are no tools yet" in await admin.page(path)
    stock = await add_tool(admin, "stock", "Existencias")
    await add_tool(admin, "orders", "Pedidos")
    await admin.post(path, htmx=False, **await typed(admin, tool_use="chosen", tools=[stock.id]))
    draft = (await character(admin)).draft
    assert draft
    assert draft.content.tools == (stock.id,)
    changes = await admin.page(f"{path}/changes")
    assert "All tools" in changes
    assert "Existencias" in changes
    assert "Pedidos" not in changes
    await admin.post(path, htmx=False, **await typed(admin, tool_use="chosen"))
    draft = (await character(admin)).draft
    assert draft
    assert draft.content.tools == ()
    await admin.post(f"{path}/publish", htmx=False)
    assert (await character(admin)).tools == ()
    await admin.post(path, htmx=False, **await typed(admin, tool_use="all"))
    draft = (await character(admin)).draft
    assert draft
    assert draft.content.tools is None


async def add_tool(user: DeskUser, name: str, title: str) -> ToolView:
    new = NewTool(
        name=name,
        title=title,
        config={"url": "https://example.com/stock", "method": "GET"},
        examples=("¿tienen cascos?",) if name == "stock" else (),
    )
    made = await user.runtime.store.write(lambda tx: registry.add_tool(tx, new, ""))
    user.runtime.tools.forget()
    return made


async def test_a_trial_shows_the_tool_that_would_be_called(admin: DeskUser) -> None:
    path = await path_of(admin)
    await add_tool(admin, "stock", "Existencias")
    assert "Really ask tools" in await admin.page(f"{path}/try")
    response = await admin.post(f"{path}/try", questions="¿tienen cascos?")
    assert "Existencias" in response.text
    assert "would be called" in response.text
    assert "stock()" in response.text


async def test_saving_the_form_as_it_is_changes_nothing(admin: DeskUser) -> None:
    path = await path_of(admin)
    before = await character(admin)
    assert before.prompt.endswith("\n")  # the sample's, which the form would drop
    given = fields_of(await admin.page(path))
    await admin.post(path, htmx=False, **given)
    assert await character(admin) == before
    await admin.post(path, htmx=False, **{**given, "prompt": given["prompt"] + " Sé breve."})
    draft = (await character(admin)).draft
    assert draft
    assert draft.content.prompt.endswith("Sé breve.")


async def test_a_second_character_answers_where_a_line_names_it(admin: DeskUser) -> None:
    await admin.post("/characters", htmx=False, name="Sol", like="")
    page = await admin.page("/characters")
    assert "Answers nowhere yet" in page
    line = await admin.runtime.lines.at("web", "simulator")
    assert line
    sol = next(it.id for it in await admin.runtime.store.read(list_characters) if it.name == "Sol")
    assert "Aurora answers" in await admin.page("/lines")
    await admin.post(f"/lines/{line.id}/character", htmx=False, character=sol)
    assert "Sol answers" in await admin.page("/lines")
    assert "Answers on" in await admin.page("/characters")
    assert (await admin.post(f"/characters/{sol}/archive")).status_code == 409
    await admin.post(f"/lines/{line.id}/character", htmx=False, character="")
    await admin.post(f"/characters/{sol}/default", htmx=False)
    assert (await admin.runtime.characters.default()).name == "Sol"
    taken = await admin.post("/characters", htmx=False, name="Sol", like=sol)
    assert (taken.status_code, 'value="Sol"' in taken.text) == (422, True)


async def test_a_character_that_is_not_there_is_a_page_that_says_so(admin: DeskUser) -> None:
    for path in ("/characters/nobody", "/characters/nobody/try", "/characters/nobody/versions"):
        assert (await admin.get(path)).status_code == 404
    path = await path_of(admin)
    for number in ("9", "0"):
        assert (await admin.get(f"{path}/versions/{number}")).status_code == 404
    assert (await admin.get(f"{path}/versions/x")).status_code == 400


async def test_the_simulator_suggests_what_was_taught(admin: DeskUser) -> None:
    assert "gluten-free cake" in await admin.page("/simulator")
    text = b"# Env\xc3\xados\n\n## Zonas de reparto\nEn toda la ciudad, en dos d\xc3\xadas."
    await admin.runtime.knowledge.add("envios.md", text)
    page = await admin.page("/simulator")
    assert "gluten-free cake" not in page
    assert "sample knowledge" not in page


async def test_publishing_waits_for_the_evaluation_where_an_admin_wants_it(
    admin: DeskUser,
) -> None:
    path = await path_of(admin)
    await admin.post(path, **await typed(admin))
    needs: dict[str, Any] = {"needed": "1", "right": "90 %", "declined": "95"}
    async with browser(admin.runtime) as supervisor:
        await supervisor.sign_in("supervisor")
        assert (await supervisor.post(f"{path}/publish-needs", **needs)).status_code == 403
        assert (await admin.post(f"{path}/publish-needs", **needs)).status_code == 204
        page = await supervisor.page(f"{path}/changes")
        assert "at least 90 % right and 95 % honestly declined" in page
        refused = await supervisor.post(f"{path}/publish", htmx=False)
        assert refused.headers["location"] == f"{path}/changes"
        assert (await character(admin)).version == 1
        await supervisor.post(f"{path}/evaluate")
        assert "It begins in a moment" in await supervisor.page(f"{path}/changes")
        assert "every 1s" in (await supervisor.get(f"{path}/evaluation")).text
        assert await evaluate_next(admin.runtime)
        done = await supervisor.get(f"{path}/evaluation")
        assert done.headers["hx-redirect"] == f"{path}/changes"
        assert "There are no cases yet." in await supervisor.page(f"{path}/changes")
        assert (await admin.post(f"{path}/publish-needs", right="", declined="")).status_code == 204
        await supervisor.post(f"{path}/publish")
        assert (await character(admin)).version == 2


@pytest.mark.parametrize("right", ["101", "many", "", "-1"])
async def test_what_publishing_needs_is_a_percentage(admin: DeskUser, right: str) -> None:
    asked: dict[str, Any] = {"needed": "1", "right": right, "declined": "95"}
    response = await admin.post(f"{await path_of(admin)}/publish-needs", **asked)
    assert response.status_code == 400
    assert (await character(admin)).publish_needs is None


async def test_save_and_try_saves_the_draft_and_leads_to_the_trial(admin: DeskUser) -> None:
    path = await path_of(admin)
    response = await admin.post(path, htmx=False, then="try", **await typed(admin))
    assert response.headers["location"] == f"{path}/try"
    assert (await character(admin)).draft is not None


async def test_a_character_hands_over_to_a_department_of_ones_own(admin: DeskUser) -> None:
    given = {"key": "weddings", "name": "Bodas y eventos"}
    await admin.runtime.store.write(lambda tx: add_department(tx, given, actor="test"))
    path = await path_of(admin)
    assert '<option value="weddings">Bodas y eventos</option>' in await admin.page(path)
    await admin.post(path, htmx=False, **await typed(admin, department="weddings"))
    stored = await character(admin)
    assert stored.draft
    assert stored.draft.content.handover.department == "weddings"
    assert '<option value="weddings" selected>Bodas y eventos</option>' in await admin.page(path)
