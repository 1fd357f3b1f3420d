"""A rehearsal decides as a turn does, and leaves nothing behind."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from recado.app.staging import stage
from recado.assistant.model import ToolCall
from recado.assistant.port import Persona
from recado.assistant.tools import NewTool
from recado.assistant.tools.registry import add_tool
from recado.conversations.model import Contact, Conversation, Message
from recado.errors import Unprocessable
from recado.runtime import Runtime
from recado.turns.rehearsal import AskOnStage
from tests.support.flow import running_flow
from tests.support.payloads import text_message
from tests.support.runtime import make_runtime, make_runtime_on
from tests.support.shop import cancel_order, host_of, order_status, running_shop

TALK = (
    "hola",
    "a q hora abren los sabados",
    "y los domingos?",
    "venden autos usados?",
    "obrigada, vocês têm wifi?",
)


async def counted(runtime: Runtime) -> list[int]:
    tables = (Contact, Conversation, Message)
    return [
        await runtime.store.read(lambda tx: int(tx.scalar(select(func.count()).select_from(it))))  # noqa: B023
        for it in tables
    ]


async def test_a_rehearsal_answers_what_a_customer_is_answered(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        said = []
        for text in TALK:
            await flow.receive(text_message(text))
            await flow.quiet()
            said = flow.sent
        async with stage(flow.runtime.settings, like=flow.runtime) as runtime:
            ask = AskOnStage(runtime, name="Sheena Nelson")
            rehearsed = [(await ask(TALK[: count + 1])).text for count in range(len(TALK))]
    assert len(said) == len(TALK)
    assert rehearsed == said


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]
)
async def test_nothing_of_it_is_found_in_the_installation(database: str, tmp_path: Path) -> None:
    async with make_runtime_on(database, tmp_path) as installation:
        files = sorted(it.name for it in tmp_path.iterdir())
        async with stage(installation.settings, like=installation) as runtime:
            folder = runtime.settings.data
            seen = await AskOnStage(runtime)(["quiero hablar con una persona"])
            assert seen.handed_over
            assert await counted(runtime) == [1, 1, 2]  # the contact's and the notice
        assert await counted(installation) == [0, 0, 0]
        assert await installation.knowledge.search("horario", "es")  # still open for who goes on
        assert sorted(it.name for it in tmp_path.iterdir()) == files
        assert not folder.exists()


async def test_with_a_person_called_nobody_else_answers(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as installation, stage(installation.settings) as runtime:
        seen = await AskOnStage(runtime)(["quiero hablar con una persona", "a que hora abren?"])
    assert seen.handed_over
    assert seen.reasons == ("asked_for_person",)


async def test_a_stage_with_knowledge_of_its_own_knows_that_only(tmp_path: Path) -> None:
    file = tmp_path / "gym.md"
    file.write_text("# Gym\n\n## Piscina\n\nLa piscina abre de 7 a 21.\n")
    async with make_runtime(tmp_path) as installation:
        async with stage(installation.settings, knowledge=[file]) as runtime:
            assert [it.name for it in await runtime.knowledge.list()] == ["gym.md"]
            seen = await AskOnStage(runtime)(["a que hora abre la piscina?"])
            greeted = await AskOnStage(runtime)(["hola"])
        assert "gym.md" not in {it.name for it in await installation.knowledge.list()}
    assert [it.source for it in seen.quoted] == ["gym.md"]
    assert "7 a 21" in seen.text
    assert "Aurora" not in greeted.text  # the sample business has no word in it


async def test_a_file_that_cannot_be_learnt_stops_the_stage(tmp_path: Path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.7 nothing")
    async with make_runtime(tmp_path) as installation:
        with pytest.raises(Unprocessable, match=r"broken\.pdf|PDF"):
            async with stage(installation.settings, knowledge=[file]):
                pass


async def test_another_character_plays_where_one_is_given(tmp_path: Path) -> None:
    persona = Persona(id="x", name="Vera", prompt="You are Vera.", greeting="Soy Vera, del gym.")
    async with (
        make_runtime(tmp_path) as installation,
        stage(installation.settings, like=installation, persona=persona) as runtime,
    ):
        seen = await AskOnStage(runtime)(["hola"])
    assert "Vera" in seen.text


async def test_tools_that_read_are_asked_and_what_changes_something_is_not_done(
    tmp_path: Path,
) -> None:
    async with (
        running_shop() as shop,
        make_runtime(tmp_path, RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url)) as installation,
    ):
        for given in (order_status(shop.url), cancel_order(shop.url)):
            new = msgspec.convert(given, NewTool)
            sealed = installation.tools.sealed(new.secret)
            await installation.store.write(partial(add_tool, new=new, sealed=sealed))
        installation.tools.forget()
        async with stage(installation.settings, like=installation) as runtime:
            ask = AskOnStage(runtime)
            looked = await ask(["hola, ¿dónde está mi pedido 1182?"])
            unsure = await ask(["cancela mi pedido 1182"])
            cancelled = await ask(["cancela mi pedido 1182", "sí"])
            greeted = await ask(["hola"])
        assert await installation.store.read(lambda tx: tx.all(select(ToolCall.id))) == []
    assert looked.tools == ("order_status",)
    assert "en camino" in looked.text
    assert unsure.tools == greeted.tools == ()
    assert cancelled.tools == ("cancel_order",)
    assert cancelled.text
    assert shop.effects == []
    assert [(method, path) for method, path, _ in shop.requests] == [("GET", "/orders/1182")]


async def test_where_no_tools_are_connected_nobody_says_that_none_was_called(
    tmp_path: Path,
) -> None:
    async with make_runtime(tmp_path) as installation, stage(installation.settings) as runtime:
        assert (await AskOnStage(runtime)(["hola"])).tools is None
