"""Talks of several messages, on the whole way, with businesses that taught their own texts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.model import Turn
from recado.conversations.ownership import resolve
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message

RESTAURANT = """# Restaurante La Parra

## Horario
De martes a viernes abrimos de 12:00 a 22:00. Los domingos y los lunes cerramos. El 24 de diciembre
abrimos hasta las 16:00. El 25 de diciembre y el 1 de enero no abrimos. Los demás festivos abrimos
de 12:00 a 17:00.

## Menú del día
De martes a viernes tenemos menú del día por $ 22.000: sopa, plato fuerte y jugo. Los fines de
semana no hay menú del día.

## Opciones vegetarianas
Tenemos tres platos vegetarianos: lasaña, risotto y ensalada de quinua. El brownie y el flan llevan
huevo y leche; el sorbete de mango es vegano. Usamos maní en la cocina.

## Parqueadero
Tenemos parqueadero vigilado, gratis para clientes.

## Reservas
Reservamos mesas para grupos de hasta 20 personas. Guardamos la mesa 15 minutos si
llegas tarde; después la cedemos.

## Trabaja con nosotros
Envía tu hoja de vida a empleo@laparra.example.

## Si algo salió mal
Lo sentimos mucho si tu pedido llegó incompleto: cuéntanos qué faltó y te lo llevamos sin costo.

## Domicilios
Hacemos domicilios en Manila y Envigado. El domicilio cuesta $ 6.000.
"""
MENU = """Carta La Parra precios 2026

Categoría;Plato;Precio
Fuertes;Bandeja paisa;$ 38.000
Fuertes;Churrasco 300 g;$ 46.000
Postres;Brownie con helado;$ 15.000
"""


@asynccontextmanager
async def restaurant(data: Path) -> AsyncIterator[Flow]:
    async with running_flow(data) as flow:
        await flow.runtime.knowledge.add("info.md", RESTAURANT.encode())
        await flow.runtime.knowledge.add("carta.csv", MENU.encode())
        yield flow


async def say(flow: Flow, words: str) -> str:
    """The reply to a message, "" where there is none."""
    before = len(flow.sent)
    await flow.receive(text_message(words))
    await flow.quiet()
    return "\n".join(flow.sent[before:])


#: What is said in turn; what stands after an arrow is in the reply, and after "≠" is not.
TALKS = """
tienen opciones veganas? | y el brownie es vegano? → El brownie y el flan llevan ≠ risotto
¿abren el 25 de diciembre? | y el 1 de enero? → El 25 de diciembre y el 1 de enero no abrimos
¿abren el 24 de diciembre? | el 25? → El 25 de diciembre
hay menu del dia el sabado? | y el martes → De martes a viernes tenemos menú
hay menu del dia el sabado? | y el domingo | y el martes? → De martes a viernes tenemos menú
abren hoy que es festivo? → Los demás festivos abrimos ≠ no tengo nada
abren mañana q es feriado → Los demás festivos abrimos
cuanto vale la bandeja paisa | y el churrasco? → 46.000
cuanto mas cuesta el churrasco que la bandeja → 46.000
cuanto mas cuesta el churrasco que la bandeja → 38.000
que vale mas, el churrasco o el brownie → 15.000
cuanto cuesta el churrasco → 46.000 ≠ Carta La Parra
tienen estacionamiento? → parqueadero vigilado
donde puedo dejar el carro → parqueadero vigilado
a quien le mando mi curriculum → empleo@laparra.example
estan contratando → empleo@laparra.example
do you have parking? → I only have this in Spanish
vocês têm estacionamento? → Só tenho isso em espanhol
can i bring my resume? → empleo@laparra.example
do you repair watches? → ≠ Menú
me cancelan la reserva si llego tarde? → Guardamos la mesa 15 minutos
¿Tienen mesas para 20 personas el sábado? → hasta 20 personas
quien eres? → Soy el asistente virtual: un programa ≠ un asistente virtual:
mi pedido llegó incompleto → Lo sentimos mucho ≠ Lamento
q hora abren el martes → 12:00
quiero reservar una mesa | para 6 el viernes a las 8, a nombre de Carlos → Te estoy pasando
no sirven para nada → Te estoy pasando
abren tb el 24 de dic? → hasta las 16:00
"""


@pytest.mark.parametrize("line", TALKS.strip().splitlines())
async def test_each_message_of_a_talk_is_answered_as_what_it_asks(
    tmp_path: Path, line: str
) -> None:
    talk, _, expected = line.partition("→")
    told, _, not_told = expected.partition("≠")
    async with restaurant(tmp_path) as flow:
        for words in talk.split("|"):
            reply = await say(flow, words.strip())
        assert told.strip() in reply
        assert not not_told.strip() or not_told.strip() not in reply


COMPLAINTS = """
el taladro que compré salió malo
falta una empanada
vino sin la salsa
se me descompuso a los dos días
pedí dos jugos y me trajeron uno
llevo una hora esperando mi pedido
me mandaron otra talla
la blusa trae un hueco, llegó con un hueco
chegou quebrado
faltou a coxinha
esqueceram o refrigerante
my order arrived cold
you forgot my drink
the jacket came with a hole
it stopped working
"""


@pytest.mark.parametrize("words", COMPLAINTS.strip().splitlines())
async def test_a_complaint_that_nothing_answers_goes_to_a_person(
    tmp_path: Path, words: str
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("info.md", b"# Horario\nAbrimos todos los d\xc3\xadas.")
        await say(flow, words)
        assert (await flow.conversation()).state == "waiting"


async def test_the_length_of_a_talk_counts_from_where_it_was_settled(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as flow:
        for _ in range(9):
            await say(flow, "hola")
        conversation = await flow.conversation()
        await flow.write(lambda tx: resolve(tx, conversation.id, actor="user:1"))
        # Not known alone is 25 points, and the long talk's 20 are gone with what is settled.
        await say(flow, "reparan relojes?")
        turns = await flow.runtime.store.read(
            lambda tx: tx.all(select(Turn.score).order_by(Turn.id))
        )
        assert [turn.score for turn in turns][-1] == 25


SPECIAL = """# Gimnasio

## Horario
De lunes a viernes abrimos de 6:00 a 22:00. Los sábados de 8:00 a 14:00.

## Días especiales
El 24 y el 31 de diciembre abrimos de 8:00 a 12:00. El 25 de diciembre y el 1 de enero cerramos.

## ¿Aceptan tarjeta?
Sí, débito y crédito.
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("abren el 25 de diciembre?", "cerramos"),
        ("abren el 24 de diciembre?", "8:00 a 12:00"),
        ("abren el 1 de enero?", "cerramos"),
        ("abren en navidad?", "cerramos"),
    ],
)
async def test_a_date_with_hours_of_its_own_comes_before_its_weekday(
    tmp_path: Path, words: str, told: str
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.knowledge.add("info.md", SPECIAL.encode())
        assert told in await say(flow, words)
