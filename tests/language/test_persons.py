"""Who asks for a person is understood, however they type; who only speaks of one is left alone."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from bench.persons import LEARNT_FROM, Message, rates, read_messages
from recado.escalation.reasons import score_escalation
from recado.language.analysis import classify_intent
from recado.language.anger import angry_words, is_angry
from recado.language.persons import asks_for_person, person_words

LANGUAGES = ("es", "pt", "en")
BUNDLED = read_messages(LEARNT_FROM)
FRESH = read_messages(Path(__file__).parent.parent / "data/persons")

ASKS = """
quiero hablar con una persona|kiero ablar kon 1 persona|me pasas con un humano?|asesor|humano
AGENTE!!!|hay alguien ahí?|no quiero hablar con un robot, pasame con alguien|una prsona por favor
me comunica con el encargado|ponme con alguien de verdad|que me llame un asesor|operadora porfa
atendente!!|quero falar com alguém|tem alguém aí?|me passa pra um humano|gente de verdade por favor
falar com atendente|não quero robô, quero uma pessoa|chama o gerente|queria conversar com alguém
human|i want to talk to a person|get me a real human|anyone there?|agent please|speak to someone
can i speak 2 someone|put me through to someone|i don't want to talk to a bot, get me a person
let me talk to your manager
"""
DOES_NOT = """
no quiero hablar con nadie|no hace falta que me pasen con nadie|¿puedo ir con otra persona?
planta baja|mesa para 4 personas|soy agente inmobiliario|¿cuántas personas entran?|0|1
precio por persona|recursos humanos|ayer hablé con un asesor y me dijo que sí|operador turístico
mi hijo escribió "quiero un humano" jaja|derechos humanos|llámenme cuando esté listo el pedido
não precisa chamar ninguém|mesa pra duas pessoas|sou corretor, tem vaga?|a gente queria reservar
você é um robô?|já falei com um atendente ontem|quero ser representante de vocês|direitos humanos
cancel my alarm|human rights|tour operator|table for four people|are you human?|are you a bot?
i already spoke to an agent yesterday|no need to call anyone|can another person pick it up?
i'll talk to my husband first|price per person|my kid typed "human" by accident
"""
ANGRY = """
son unos ladrones|LLEVO TRES HORAS ESPERANDO!!!|😡😡😡|vayanse a la mierda|no mamen, otra vez mal
me tienen podrido|vaya mierda de servicio tenéis|qué gonorrea de empresa|me tienen harta
vocês são uns ladrões|que palhaçada|tô puto com vcs|QUE VERGONHA DE EMPRESA|lixo de atendimento
you are a bunch of thieves|THIS IS UNACCEPTABLE!!!|i'm so fed up with you|worst service ever
"""
PLEASED = """
no mames qué rico|hdp qué buena pizza|qué bestia, buenísimo|es la hostia|puta madre qué rico
caralho que delícia|pqp que hambúrguer bom|vocês são foda ❤️|holy shit this is good
damn good burger|MUCHAS GRACIAS!!!!!|THANK YOU SO MUCH!!!!|HOLA QUERIA SABER EL PRECIO DEL SILLON
odio la cebolla, sin cebolla por favor|mi pedido no llegó, lo pueden revisar?
"""


def _each(texts: str) -> list[str]:
    return [text for line in texts.split("\n") for text in line.split("|") if text]


@pytest.mark.parametrize("text", _each(ASKS))
def test_a_request_for_a_person_is_understood(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", _each(DOES_NOT))
def test_what_only_speaks_of_persons_asks_for_none(text: str) -> None:
    assert not asks_for_person(text)


@pytest.mark.parametrize("text", _each(ANGRY))
def test_anger_is_understood(text: str) -> None:
    assert is_angry(text)


@pytest.mark.parametrize("text", _each(PLEASED))
def test_praise_in_slang_and_calm_complaints_are_no_anger(text: str) -> None:
    assert not is_angry(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bundled_set_is_as_large_and_as_hard_as_is_promised(language: str) -> None:
    its = [message for message in BUNDLED if message.language == language]
    asking = sum(message.is_("person") for message in its)
    assert len(its) >= 300
    assert len(its) - asking >= asking >= 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_the_bundled_set_hardly_a_request_is_missed_or_made_up(language: str) -> None:
    its = [message for message in BUNDLED if message.language == language]
    persons = rates(its, "person", lambda it: asks_for_person(it.text))
    assert persons.recall >= 0.97, persons.missed
    assert persons.alarms <= 0.01, persons.alarmed
    anger_ = rates(its, "anger", lambda it: is_angry(it.text))
    assert anger_.recall >= 0.85, anger_.missed
    assert anger_.alarms <= 0.05, anger_.alarmed


def test_of_messages_that_nothing_was_learnt_from_most_are_understood() -> None:
    persons = rates(FRESH, "person", lambda it: asks_for_person(it.text))
    anger_ = rates(FRESH, "anger", lambda it: is_angry(it.text))
    assert persons.recall >= 0.8, persons.missed
    assert persons.alarms <= 0.03, persons.alarmed
    assert anger_.recall >= 0.7, anger_.missed
    assert anger_.alarms <= 0.06, anger_.alarmed


def test_no_message_is_both_learnt_from_and_measured_by() -> None:
    assert not {it.text for it in FRESH} & {it.text for it in BUNDLED}


@pytest.mark.parametrize("message", BUNDLED[:: len(BUNDLED) // 40], ids=lambda it: it.text[:30])
def test_the_score_and_the_intent_decide_as_the_recognition_does(message: Message) -> None:
    asks = asks_for_person(message.text)
    codes = {
        it.code for it in score_escalation(message.text, confidence=1, message_count=1).reasons
    }
    assert ("asked_for_person" in codes) == asks
    assert asks or classify_intent(message.text).name != "human"


def test_what_spoke_for_it_is_told_in_words() -> None:
    asked = person_words("Compré ayer una heladera. No enfría. Quiero hablar con un ASESOR ya")
    assert {"hablar", "ASESOR"} <= set(asked)
    assert "heladera" not in asked
    assert person_words("mesa para 4 personas") == ()
    assert "ladrones" in angry_words("son unos ladrones de cuarta")
    assert angry_words("gracias, muy rico todo") == ()


def test_a_request_at_the_end_of_a_long_message_counts() -> None:
    long = "Les cuento lo que me pasó con el pedido de la semana pasada. " * 12
    assert asks_for_person(long + "Quiero hablar con una persona.")
    assert not asks_for_person(long)


@pytest.mark.parametrize("name", ["persons_weights", "anger_weights"])
def test_the_weights_are_small(name: str) -> None:
    data = files("recado.language") / "data" / f"{name}.json"
    assert len(data.read_bytes()) < 300_000
