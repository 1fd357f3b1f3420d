"""What people type on phones, piece by piece, on the whole way with the sample knowledge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.flow import running_flow
from tests.support.payloads import text_message, webhook

PERSON = "573001234567"


async def test_two_messages_at_once_do_not_get_the_same_answer_twice(tmp_path: Path) -> None:
    pieces = ["hacen domicilios", "a las salinas?"]
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.ensure_sample()
        body = webhook(messages=[text_message(piece, sender=PERSON) for piece in pieces])
        await flow.post(body)
        await flow.quiet()
        assert len(set(flow.sent)) == len(flow.sent)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("donde quedan y a que hora abren", ("calle de la Luna 14", "7:30")),
        ("cuanto vale el brunch y hasta que hora sirven desayunos", ("16 €", "12:00")),
        ("do you have vegan options?", ("the brownie and the oat cookies are vegan",)),
    ],
)
async def test_what_is_known_is_told_of_each_question(
    tmp_path: Path, question: str, told: tuple[str, ...]
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.ensure_sample()
        await flow.receive(text_message(question, sender=PERSON))
        (sent,) = await flow.until_sent(1)
        assert all(part in sent for part in told)


async def test_whoever_stops_in_their_language_is_answered_in_it_from_then_on(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        for words in ("SAIR", "voltar a receber", "stop sending me this"):
            await flow.receive(text_message(words, sender=PERSON))
            await flow.quiet()
        assert flow.sent[0].startswith("Pronto: não enviaremos")
        assert flow.sent[1].startswith("Pronto: você voltará a receber")
        assert flow.sent[2].startswith("Done: we won't send")
        assert (await flow.conversation()).language == "en"


async def test_a_row_of_prices_answers_what_it_costs_and_a_bare_day_asks_of_what_was_asked(
    tmp_path: Path,
) -> None:
    prices = "Precios 2026\n\nCategoría;Producto;Precio\nHerramientas;Martillo de uña;$ 28.900\n"
    prices += "Herramientas;Sierra;$ 9.500\n"
    text = (
        "Corte\nCortamos madera todos los días por $ 1.500.\n\nFlete\nHacemos fletes a las 9:00.\n"
    )
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("precios.csv", prices.encode())
        await flow.runtime.knowledge.add("info.txt", text.encode())
        for words in ("cuanto vale el martillo", "cortan madera", "hoy?"):
            await flow.receive(text_message(words, sender=PERSON))
            await flow.quiet()
        assert "28.900" in flow.sent[0]
        assert "Cortamos madera" in flow.sent[1]
        assert "¿Qué quieres saber?" not in flow.sent[2]
