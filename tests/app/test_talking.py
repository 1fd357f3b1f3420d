"""Speaking with the assistant, and to customers, from the terminal."""

from __future__ import annotations

from tests.app.conftest import Recado


def test_piped_questions_are_answered_one_after_the_other(recado: Recado) -> None:
    result = recado("chat", typed="hola\n\n¿a qué hora abren?\n")
    assert result.exit_code == 0, result.output
    assert "confidence" in result.stdout
    assert "cafe-aurora" in result.stdout or "›" in result.stdout  # where the answer is from
    assert result.stderr == ""


def test_a_conversation_goes_on_where_it_was_left(recado: Recado) -> None:
    first = recado("chat", "--as", "ana", typed="hola\n")
    again = recado("chat", "--as", "ana", typed="gracias\n")
    assert first.stdout
    assert again.stdout
    assert first.stdout.splitlines()[0] not in again.stdout


def test_one_who_asks_for_a_person_is_told_that_the_desk_has_the_word(recado: Recado) -> None:
    result = recado("chat", typed="quiero hablar con una persona, exijo un reembolso ya\nhola?\n")
    assert result.exit_code == 0
    assert "a person has the word" in result.stdout


def test_a_message_to_the_simulator_is_sent_and_reported(recado: Recado) -> None:
    result = recado("send", "Simulator", "someone", "Su pedido está listo")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Sent: message ")


def test_a_message_that_cannot_be_sent_is_one_line_and_status_1(recado: Recado) -> None:
    unknown = recado("send", "nowhere", "+34600111222", "hola")
    assert unknown.exit_code == 1
    assert "Simulator" in unknown.stderr  # the lines that there are
    whatsapp = {
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
        "WHATSAPP_API_URL": "http://127.0.0.1:9",
    }
    bad_number = recado("send", "WhatsApp", "12", "hola", **whatsapp)
    assert bad_number.exit_code == 1
    assert "country code" in bad_number.stderr
    empty = recado("send", "Simulator", "someone", " ")
    assert empty.exit_code == 1
    for result in (unknown, bad_number, empty):
        assert result.stderr.count("\n") == 1
