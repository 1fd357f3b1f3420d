"""What customers tell of themselves goes to a person, with the sample knowledge."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from recado.escalation.model import Escalation
from tests.support.flow import running_flow
from tests.support.payloads import text_message

#: What is said in turn; after the last of it a person has the conversation, and knows what stands
#: after the arrow.
HANDED_OVER = """
hola, dejé pagado un roscón y me dicen que no está → roscón
quería ver si me guardan un sitio el sábado | seríamos unas 14 → sábado
queria marcar uma mesa | pode ser sexta? → sexta
there's a bit of plastic in my sandwich → plastic
the cake was awful, I want my $55 back → $55
ya está lista mi tarta? → tarta
me cambian la entrega para el jueves? → jueves
se rompio la tapa del frasco → tapa
"""
#: After these it does not.
ANSWERED = """
tienen opciones veganas?
hola soy Marta
gracias por todo, muy amables
mi nene es alergico al sesamo
hacen reservas?
do you repair zippers?
"""


@pytest.mark.parametrize("line", HANDED_OVER.strip().splitlines())
async def test_a_person_takes_what_no_knowledge_answers(tmp_path: Path, line: str) -> None:
    talk, _, told = line.partition("→")
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.ensure_sample()
        for words in talk.split("|"):
            await flow.receive(text_message(words.strip(), sender="573001234567"))
            await flow.quiet()
        assert (await flow.conversation()).state == "waiting"
        summary = await flow.runtime.store.read(lambda tx: tx.scalar(select(Escalation.summary)))
        assert told.strip() in str(summary)


@pytest.mark.parametrize("words", ANSWERED.strip().splitlines())
async def test_what_is_asked_of_the_business_is_answered(tmp_path: Path, words: str) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.ensure_sample()
        await flow.receive(text_message(words, sender="573001234567"))
        await flow.quiet()
        assert (await flow.conversation()).state == "bot"


async def test_a_part_of_the_last_answer_is_not_said_again_to_what_asks_nothing(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add(
            "info.md", b"# Service\n\nA basic service costs 45 pounds."
        )
        for words in ("how much for a basic service?", "great can i bring it wednesday", "tom"):
            await flow.receive(text_message(words))
            await flow.quiet()
        assert "45 pounds" not in flow.sent[-1]
