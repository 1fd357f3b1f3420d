"""A keyboard that takes accents apart (NFD, as on macOS) is served like any other."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.model import Turn
from recado.escalation.model import Escalation
from recado.security.passwords import hash_password, verify_password
from recado.security.users import add_user, find_by_email
from tests.support.flow import running_flow
from tests.support.payloads import text_message

HANDBOOK = """\
# Panadería Núñez

## ¿Hacen envíos a Bogotá?
Sí, enviamos a Bogotá y Medellín en 24 horas.

## ¿Tienen opción sin azúcar?
Tenemos alfajores sin azúcar los miércoles y sábados.

## Devoluciones
Aceptamos devoluciones durante tres días con el tique.
"""
QUESTIONS = [
    "¿hacen envíos a Bogotá?",
    "¿cuándo tienen opción sin azúcar?",
    "¿cuántos días aceptan una devolución?",
]


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


async def answer_to(path: Path, handbook: str, question: str, name: str = "Iñaki") -> str:
    async with running_flow(path) as flow:
        await flow.runtime.knowledge.add("panadería.md", handbook.encode())
        await flow.receive(text_message(question))
        (answer,) = await flow.until_sent(1)
        (asked,) = await flow.messages(direction="inbound")
        assert asked.text == question  # what was sent is kept
        return answer


@pytest.mark.parametrize("question", QUESTIONS)
async def test_questions_and_knowledge_meet_however_each_is_written(
    question: str, tmp_path: Path
) -> None:
    composed = await answer_to(tmp_path / "1", HANDBOOK, question)
    assert await answer_to(tmp_path / "2", HANDBOOK, apart(question)) == composed
    assert await answer_to(tmp_path / "3", apart(HANDBOOK), question) == composed
    assert await answer_to(tmp_path / "4", apart(HANDBOOK), apart(question)) == composed


async def test_a_person_is_called_and_a_language_known(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(
            text_message(apart("é péssimo! não dá, quero falar com o responsável já"))
        )
        await flow.quiet()
        turn = await flow.runtime.store.read(lambda tx: tx.first(select(Turn.__table__)))
        assert turn is not None
        assert turn.language == "pt"
        assert turn.outcome == "escalated"
        assert await flow.runtime.store.read(lambda tx: tx.first(select(Escalation.id)))


async def test_a_file_name_of_a_mac_replaces_the_same_name(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        knowledge: KnowledgeBase = flow.runtime.knowledge
        await knowledge.add("panadería.md", HANDBOOK.encode())
        view = await knowledge.add(apart("panadería.md"), (HANDBOOK + "\nCerrado.").encode())
        assert view.outcome == "replaced"
        assert view.name == "panadería.md"
        (hit, *_) = await knowledge.search("¿hacen envíos?", "es", sources=[apart("panadería.md")])
        assert "Medellín" in hit.text


async def test_a_user_signs_in_from_any_keyboard(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        password = "contraseña de Íñigo"
        stored = await hash_password(password)
        await flow.write(
            lambda tx: add_user(
                tx, email="íñigo@example.com", name="Íñigo", role="agent", password_hash=stored
            )
        )
        found = await flow.runtime.store.read(
            lambda tx: find_by_email(tx, apart("Íñigo@example.com"))
        )
        assert found is not None
        assert await verify_password(apart(password), found.password_hash)
        assert not await verify_password(apart(password) + "!", found.password_hash)
