"""A yes is said only to the question that it answers, and a day is the day that was meant."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import EmbeddedModel
from recado.assistant.port import Answer, Persona, Question

ZONE = "America/Argentina/Buenos_Aires"
SATURDAY = "2026-11-28 12:00"
MONDAY = "2026-11-30 12:00"
YES = re.compile(r"^\W*(?:s[ií]|sim|yes|claro|por supuesto|of course|sure)\b", re.IGNORECASE)

SHOP = """# Ferretería Sol

## Horario
Lunes a viernes 7–20, sábados 8–14, domingos cerrado

## ¿El casco cuesta 12.000?
Sí, el casco cuesta 12.000 pesos.

## ¿Tienen talla M?
Sí, en azul y en negro.

## ¿Abren los sábados?
Sí, de 8 a 14.

## ¿Hacen envíos?
Sí, repartimos de martes a viernes en toda la ciudad.

## ¿Cierran en vacaciones?
No, trabajamos todo enero.

## ¿Aceptan cheques?
Sí.
"""


async def ask(
    knowledge: KnowledgeBase, text: str, language: str = "es", at: str = SATURDAY
) -> Answer:
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(ZONE)).timestamp()
    persona = Persona(id="p", name="Sol", prompt="Eres Sol.", time_zone=ZONE)
    model = EmbeddedModel(knowledge, clock=lambda: moment)
    return await model.answer(Question(persona, text, language))


@pytest.fixture
async def shop(knowledge: KnowledgeBase) -> KnowledgeBase:
    await knowledge.add("ferreteria.md", SHOP.encode())
    return knowledge


@pytest.mark.parametrize(
    ("language", "text", "at", "says", "not_says"),
    [
        ("es", "¿hoy abren?", SATURDAY, "sábados de 9:00 a 21:00", "14:00"),
        ("es", "¿abren hoy?", MONDAY, "os lunes cerramos", "20:00"),
        ("es", "¿abren mañana?", SATURDAY, "domingo", "21:00"),
        ("es", "¿abren pasado mañana?", SATURDAY, "os lunes cerramos", "21:00"),
        ("es", "¿está cerrado hoy?", SATURDAY, "sábados de 9:00 a 21:00", "lunes"),
        ("es", "¿abren el finde?", SATURDAY, "sábados de 9:00 a 21:00", "20:00"),
        ("es", "a qué hora abren el sábado?", MONDAY, "ábados de 9:00 a 21:00", "20:00"),
        ("es", "¿abren esta noche?", SATURDAY, "sábados de 9:00 a 21:00", "20:00"),
        ("pt", "vocês abrem hoje?", SATURDAY, "sábados das 9h às 21h", "20h"),
        ("pt", "amanhã abre?", SATURDAY, "domingos", "21h"),
        ("pt", "abrem na segunda-feira?", SATURDAY, "segundas fechamos", "21h"),
        ("en", "are you open today?", SATURDAY, "Saturdays from 9:00 to 21:00", "20:00"),
        ("en", "are you open today?", MONDAY, "closed on Mondays", "21:00"),
        ("en", "are you open tomorrow?", SATURDAY, "Sunday", "21:00"),
    ],
)
async def test_today_and_tomorrow_are_answered_with_their_line(
    knowledge: KnowledgeBase, language: str, text: str, at: str, says: str, not_says: str
) -> None:
    answer = await ask(knowledge, text, language, at)
    assert says in answer.text
    assert not_says not in answer.text
    assert not YES.match(answer.text)


@pytest.mark.parametrize(
    ("language", "text", "says"),
    [
        ("es", "¿abren el 24 de diciembre?", "24 de diciembre no tengo nada"),
        ("es", "abren 24/12?", "24 de diciembre no tengo nada"),
        ("es", "¿abren en Nochebuena?", "24 de diciembre no tengo nada"),
        ("pt", "abrem na véspera de Natal?", "24 de dezembro não tenho nada"),
        ("en", "do you open on Christmas Eve?", "nothing written down about December 24"),
        ("en", "are you open on december 31st?", "nothing written down about December 31"),
    ],
)
async def test_a_date_that_is_not_written_is_not_affirmed(
    knowledge: KnowledgeBase, language: str, text: str, says: str
) -> None:
    answer = await ask(knowledge, text, language)
    assert says in answer.text
    assert answer.confidence < 0.6
    assert not YES.match(answer.text)


@pytest.mark.parametrize(
    ("language", "text", "says"),
    [
        ("es", "¿abren en Navidad?", "Solo cerramos el 25 de diciembre"),
        ("es", "¿cierran el 25?", "Solo cerramos el 25 de diciembre"),
        ("es", "¿abren el 1 de enero?", "el 1 de enero"),
        ("es", "¿abren los feriados?", "los festivos abrimos"),
        ("pt", "abrem no Natal?", "25 de dezembro"),
    ],
)
async def test_a_date_that_is_written_is_quoted_without_a_yes(
    knowledge: KnowledgeBase, language: str, text: str, says: str
) -> None:
    answer = await ask(knowledge, text, language)
    assert says in answer.text
    assert not YES.match(answer.text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("¿abren hoy?", "Hoy es sábado: de 8 a 14."),
        ("¿abren mañana?", "domingos cerrado"),
        ("¿abren el domingo?", "omingos cerrado"),
        ("¿abren el martes que viene?", "Lunes a viernes 7–20"),
        ("¿cierran los sábados?", "8"),
        ("¿no abren los sábados?", "8"),
        ("¿cuesta 10.000 el casco?", "12.000"),
        ("¿hacen envíos hoy?", "de martes a viernes"),
        ("¿hacen envíos el lunes?", "de martes a viernes"),
        ("¿hacen envíos a Chile?", "de martes a viernes"),
        ("¿cierran en enero?", "rabajamos todo enero"),
        ("¿abren feriados?", "no tengo nada"),
    ],
)
async def test_another_question_gets_no_yes(shop: KnowledgeBase, text: str, says: str) -> None:
    answer = await ask(shop, text)
    assert says in answer.text
    assert not YES.match(answer.text)
    assert not answer.text.startswith("No,")


@pytest.mark.parametrize(
    "text", ["¿tienen talla M?", "¿el casco cuesta 12.000?", "¿hacen envíos?", "¿aceptan cheques?"]
)
async def test_the_question_itself_gets_its_yes(shop: KnowledgeBase, text: str) -> None:
    assert YES.match((await ask(shop, text)).text)


@pytest.mark.parametrize("text", ["¿tienen talla XL?", "¿aceptan cheques de otros países?"])
async def test_a_bare_yes_answers_nothing_else(shop: KnowledgeBase, text: str) -> None:
    assert not (await ask(shop, text)).known


async def test_what_is_the_same_every_day_is_answered_today_too(knowledge: KnowledgeBase) -> None:
    assert "masa madre" in (await ask(knowledge, "¿tienen pan hoy?")).text


async def test_the_day_is_the_business_s(knowledge: KnowledgeBase) -> None:
    answer = await ask(knowledge, "¿abren hoy?", at="2026-11-28 23:30")  # Sunday in Madrid
    assert "sábado" in answer.text
