"""Which tool a contact asks for, with which values, and what a yes is: without a provider."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from recado.assistant.tools.definition import NewTool, ToolView, check_tool
from recado.assistant.tools.matching import find_tool, value_given, values_in
from recado.assistant.tools.yes_or_no import yes_or_no
from recado.language.detection import LanguageCode
from tests.support.shop import cancel_order, order_status

URL = "https://shop.example"
MOMENT = 1_775_000_000.0  # 2026-03-31


def tool_of(given: dict[str, Any]) -> ToolView:
    stored = check_tool(msgspec.structs.asdict(msgspec.convert(given, NewTool)))
    about = {"id": given["name"], "has_secret": True, "created_at": 0.0, "updated_at": 0.0}
    return msgspec.convert(stored | about, ToolView)


TOOLS = [tool_of(order_status(URL)), tool_of(cancel_order(URL))]


@pytest.mark.parametrize(
    ("text", "language", "tool", "arguments"),
    [
        ("¿dónde está mi pedido 1182?", "es", "order_status", {"number": "1182"}),
        ("donde esta mi pedido #1182", "es", "order_status", {"number": "1182"}),
        ("oye y mi pedido 1182 donde esta", "es", "order_status", {"number": "1182"}),
        ("¿cómo va el pedido AB-77?", "es", "order_status", {"number": "AB-77"}),
        ("¿dónde está mi pedido?", "es", "order_status", {}),
        ("onde está meu pedido 1182", "pt", "order_status", {"number": "1182"}),
        ("where's my order 1182", "en", "order_status", {"number": "1182"}),
        ("cancélalo", "es", "cancel_order", {}),
        ("cancela mi pedido 1182 por favor", "es", "cancel_order", {"number": "1182"}),
        ("quiero cancelar mi pedido", "es", "cancel_order", {}),
        ("please cancel my order 1182", "en", "cancel_order", {"number": "1182"}),
    ],
)
def test_what_contacts_write_is_known_for_the_tool_that_it_asks_for(
    text: str, language: LanguageCode, tool: str, arguments: dict[str, Any]
) -> None:
    match = find_tool(text, language, TOOLS, moment=MOMENT)
    assert match is not None
    assert (match.tool.name, match.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "¿a qué hora abren?",
        "hola",
        "gracias",
        "¿cuánto cuesta el envío?",
        "¿puedo cancelar un pedido?",
        "¿cómo cancelo un pedido?",
        "quiero hacer un pedido de 3 pizzas para mañana",
        "¿tienen mesas para 6?",
    ],
)
def test_what_asks_for_no_tool_is_left_to_the_model(text: str) -> None:
    assert find_tool(text, "es", TOOLS, moment=MOMENT) is None


@pytest.mark.parametrize(
    "text",
    [
        "¿dónde está mi pedido 1182?",
        "mi pedido",
        "mi pedido 1182 llegó roto",
        "quiero saber de mi pedido 1182",
        "¿por qué cancelaron mi pedido 1182?",
        "el pedido 1182 aparece cancelado",
        "el pedido 1182 ya se cancelo?",
        "mi pedido 1182 no me lo vayan a cancelar",
        "was my order 1182 cancelled?",
        "they cancelled my order 1182",
        "cadê meu pedido 1182",
    ],
)
def test_what_changes_something_is_not_asked_for_where_its_doing_is_not(text: str) -> None:
    language: LanguageCode = "en" if "order" in text else "es"
    assert find_tool(text, language, [TOOLS[1]], moment=MOMENT) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("anula mi pedido 1182", "es"),
        ("no me sirve, cancela el pedido 1182", "es"),
        ("cancela meu pedido 1182", "pt"),
        ("can you get my order 1182 cancelled", "en"),
    ],
)
def test_what_changes_something_is_asked_for_in_other_words(
    text: str, language: LanguageCode
) -> None:
    match = find_tool(text, language, [TOOLS[1]], moment=MOMENT)
    assert match is not None
    assert match.arguments == {"number": "1182"}


def test_what_is_asked_for_by_its_name_alone_is_not_asked_for_where_it_is_given_up() -> None:
    day = {"day": {"type": "string", "format": "date"}}
    about = {"parameters": {"properties": day}, "confirmations": {}, "answers": {}}
    book = cancel_order(
        URL, examples=["quiero una cita el {day}"], config={"url": URL, "method": "POST"}, **about
    )
    tools = [tool_of(book)]
    assert find_tool("quiero cita el viernes", "es", tools, moment=MOMENT) is not None
    for text in ("cancela mi cita del viernes", "me cambias la cita del viernes"):
        assert find_tool(text, "es", tools, moment=MOMENT) is None


def test_values_are_found_by_their_kind() -> None:
    described = {
        "guests": {"type": "integer", "minimum": 1, "maximum": 30},
        "day": {"type": "string", "format": "date"},
        "mail": {"type": "string", "format": "email"},
        "size": {"type": "string", "enum": ["grande", "chica"]},
    }
    tool = tool_of(
        order_status(URL, parameters={"properties": described}, examples=[], config={"url": URL})
    )
    text = "somos 6, el 24/12, soy ana@cafe.mx y quiero la grande"
    assert values_in(text, tool, "es", moment=MOMENT) == {
        "guests": 6,
        "day": "2026-12-24",
        "mail": "ana@cafe.mx",
        "size": "grande",
    }


def test_a_value_that_was_asked_for_is_taken_from_a_short_answer() -> None:
    name = {"name": {"type": "string"}}
    tool = tool_of(
        order_status(URL, parameters={"properties": name}, examples=[], config={"url": URL})
    )
    assert value_given("Ana Pérez", tool, "name", "es", moment=MOMENT) == "Ana Pérez"
    assert value_given("¿y para qué lo quieres?", tool, "name", "es", moment=MOMENT) is None
    assert value_given("es el 1182", TOOLS[0], "number", "es", moment=MOMENT) == "1182"
    assert value_given("no lo tengo", TOOLS[0], "number", "es", moment=MOMENT) is None


ABOUT = "cancelar el pedido 1182 quiero cancelar mi pedido cancel order"


@pytest.mark.parametrize(
    "text",
    [
        "sí",
        "si",
        "Sí, por favor",
        "dale",
        "ok",
        "claro que sí",
        "sí, cancélalo",
        "si cancela el pedido 1182",
        "confirmo",
        "sim",
        "pode cancelar",
        "yes please",
        "👍 sí",
    ],
)
def test_a_yes_is_a_yes_however_it_is_said(text: str) -> None:
    assert yes_or_no(text, "es", ABOUT + " cancélalo pode cancelar") is True


@pytest.mark.parametrize(
    "text", ["no", "No, gracias", "nop", "mejor no", "não", "no quiero", "no thanks"]
)
def test_a_no_is_a_no(text: str) -> None:
    assert yes_or_no(text, "es", ABOUT) is False


@pytest.mark.parametrize(
    "text",
    [
        "no sé",
        "not sure",
        "¿sí?",
        "sí, pero el 1183",
        "no, el 1183",
        "¿cuánto tarda?",
        "hola",
        "si me devuelven el dinero entonces mejor lo pienso",
        "sí o no",
        "ok pero antes dime el precio",
    ],
)
def test_anything_else_is_neither(text: str) -> None:
    assert yes_or_no(text, "es", ABOUT) is None


def test_a_long_message_costs_no_time() -> None:
    began = time.process_time()
    find_tool("pedido 1182 " * 5000, "es", TOOLS, moment=MOMENT)
    yes_or_no("sí " * 5000, "es", ABOUT)
    assert time.process_time() - began < 2.0
