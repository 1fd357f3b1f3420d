"""The business's own character answers, and the sample business is gone with its knowledge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import update

from recado.assistant.characters import (
    NewCharacter,
    create_character,
    default_character,
    list_characters,
    update_character,
)
from recado.assistant.models.prompting import instructions_for
from recado.assistant.neutral import sample_prompt
from recado.assistant.port import Persona, Question
from recado.assistant.versions import publish, save_draft
from recado.lines.model import LineRow
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message

OURS = "# Envíos\n\n## ¿Hacen envíos?\nSí, a todo el país, en dos días."
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


async def answer_to(flow: Flow, words: str, **about: Any) -> str:
    before = len(flow.graph.received)
    await flow.receive(text_message(words, **about))
    sent = await flow.until_sent(before + 1)
    await flow.quiet()
    return sent[before]


async def write_character(flow: Flow, **changes: Any) -> None:
    def work(tx: Any) -> None:
        update_character(tx, default_character(tx).id, changes)

    await flow.write(work)
    flow.runtime.characters.forget()


async def test_with_knowledge_of_ones_own_nothing_speaks_of_the_sample(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert "Aurora" in await answer_to(flow, "hola")
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        flow.runtime.characters.forget()
        for number, words in enumerate(
            ("hola", "¿quién eres?", "hi", "oi", "¿qué es Café Aurora?")
        ):
            told = await answer_to(flow, words, sender=f"1650555{number:04}")
            assert "Aurora" not in told.replace("¿qué es Café Aurora", "").replace(
                "qué es Café Aurora", ""
            )
        character = await flow.runtime.store.read(default_character)
        assert "Aurora" not in f"{character.name} {character.prompt} {character.description}"


async def test_an_assistant_without_a_name_speaks_for_the_line(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        await flow.write(lambda tx: tx.execute(update(LineRow).values(name="Ferretería Díaz")))
        await flow.runtime.lines.refresh()
        flow.runtime.characters.forget()
        assert "Ferretería Díaz" in await answer_to(flow, "hola")


async def test_a_character_that_was_edited_stays_when_knowledge_comes(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await write_character(flow, name="Luna", prompt="Eres Luna, de la Librería Luna.")
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        flow.runtime.characters.forget()
        assert (await flow.runtime.store.read(default_character)).name == "Luna"
        assert "Luna" in await answer_to(flow, "hola")


async def test_a_new_name_alone_does_not_keep_the_sample_s_prompt(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await write_character(flow, name="Luna")
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        character = await flow.runtime.store.read(default_character)
        assert character.name == "Luna"
        assert "Aurora" not in f"{character.prompt} {character.description}"


async def test_the_greeting_that_the_business_wrote_is_said(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        greeting = "¡Bienvenido a la ferretería! ¿Qué estás arreglando hoy?"
        await write_character(flow, greeting=greeting)
        assert await answer_to(flow, "hola") == greeting
        assert "ferretería" not in await answer_to(flow, "hello", sender="16505550009")


async def test_whether_it_is_open_now_is_told_by_the_hours(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await write_character(flow, hours=ALWAYS, time_zone="America/Bogota")
        assert "abiertos" in await answer_to(flow, "hola, ¿están abiertos ahora?")


def test_a_model_is_told_the_tone_the_greeting_and_the_hours() -> None:
    persona = Persona(
        id="c1",
        name="Luna",
        prompt="Eres Luna.",
        tone="Seria y breve",
        greeting="¡Bienvenido!",
        hours=dict.fromkeys(ALWAYS, (("00:00", "24:00"),)),
        time_zone="America/Bogota",
        business="Librería Luna",
    )
    told = instructions_for(Question(persona=persona, text="hola", language="es"), [])
    for words in ("Seria y breve", "¡Bienvenido!", "sun 00:00-24:00", "Librería Luna", ": open."):
        assert words in told


async def test_the_sample_is_gone_wherever_its_prompt_was_saved(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        prompt = sample_prompt().strip().replace("\n", "\r\n")  # as a browser's form sends it
        await write_character(flow, name="Luna", prompt=prompt)
        await flow.write(lambda tx: create_character(tx, NewCharacter(name="Sol", prompt=prompt)))
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        for character in await flow.runtime.store.read(list_characters):
            assert character.name in ("Luna", "Sol")
            assert "Aurora" not in f"{character.prompt} {character.description}"


async def test_a_draft_that_is_published_later_does_not_bring_the_sample_back(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        character = await flow.runtime.store.read(default_character)

        def write_draft(tx: Any) -> None:
            save_draft(tx, character.id, {"tone": "Seria y breve"}, author="user:1")

        await flow.write(write_draft)
        await flow.runtime.knowledge.add("envios.md", OURS.encode())
        await flow.write(lambda tx: publish(tx, character.id, author="user:1"))
        flow.runtime.characters.forget()
        published = await flow.runtime.store.read(default_character)
        assert published.tone == "Seria y breve"
        assert "Aurora" not in f"{published.name} {published.prompt} {published.description}"
        assert "Aurora" not in await answer_to(flow, "¿quién eres?")
