"""What a message tells about whoever wrote it, and what it does not."""

from __future__ import annotations

import pytest

from recado.conversations.facts.finding import READ_CHARS, facts_in


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Hola, me llamo Lucía Pérez y quiero una torta", [("name", "Lucía Pérez")]),
        ("hola me llamo lucia y quiero una torta", [("name", "Lucia")]),
        (
            "me llamo María del Carmen de la Fuente, gracias",
            [("name", "María del Carmen de la Fuente")],
        ),
        ("Olá, meu nome é João. Tudo bem?", [("name", "João")]),
        ("Hi, my name is Emma O'Neil", [("name", "Emma O'Neil")]),
        ("Hola, soy Mateo", [("name", "Mateo")]),
        ("Oi! Aqui é a Beatriz", [("name", "Beatriz")]),
        ("mi correo es Lucia.Perez@correo.mx", [("email", "lucia.perez@correo.mx")]),
        ("meu e-mail: joao@exemplo.com.br", [("email", "joao@exemplo.com.br")]),
        ("my email is emma@example.com, thanks", [("email", "emma@example.com")]),
        ("lucia@correo.mx", [("email", "lucia@correo.mx")]),
        ("mi teléfono es 55 1234 5678", [("phone", "55 1234 5678")]),
        ("my phone number is +44 20 7946 0958", [("phone", "+44 20 7946 0958")]),
        ("mi pedido es el 1182", [("order", "1182")]),
        ("¿dónde está mi pedido #1182?", [("order", "1182")]),
        ("quiero saber de la orden n.º AB-4471", [("order", "AB-4471")]),
        ("meu pedido número 99812 não chegou", [("order", "99812")]),
        ("my order is 55012", [("order", "55012")]),
        (
            "Mi dirección es Av. Reforma 120, depto 4B, CDMX",
            [("address", "Av. Reforma 120, depto 4B, CDMX")],
        ),
        ("moro na Rua das Flores, 55", [("address", "Rua das Flores, 55")]),
        ("I live at 22 Baker Street", [("address", "22 Baker Street")]),
        ("mi cumpleaños es el 5 de mayo", [("birthday", "5 de mayo")]),
        ("nasci em 03/04/1990", [("birthday", "03/04/1990")]),
        ("my birthday is March 3", [("birthday", "March 3")]),
        ("mi empresa se llama Panes y Más, hacemos pan", [("company", "Panes")]),
        ("Soy celíaca, ¿tienen pan?", [("diet", "celíaca")]),
        ("soy alérgico a las nueces", [("diet", "alérgico a las nueces")]),
        ("sou vegetariana", [("diet", "vegetariana")]),
        ("I'm allergic to peanuts.", [("diet", "allergic to peanuts")]),
        ("tengo alergia a los mariscos", [("diet", "alergia a los mariscos")]),
        ("prefiero entrega por la tarde", [("preference", "prefiero entrega por la tarde")]),
        (
            "Me llamo Ana, mi correo es ana@cafe.mx y mi pedido es 1182",
            [("name", "Ana"), ("email", "ana@cafe.mx"), ("order", "1182")],
        ),
    ],
)
def test_what_people_say_of_themselves_is_found(text: str, facts: list[tuple[str, str]]) -> None:
    assert [(it.kind, it.value) for it in facts_in(text)] == facts


@pytest.mark.parametrize(
    "text",
    [
        "hola, ¿a qué hora abren?",
        "no soy alérgico a nada",
        "não sou vegetariana",
        "I'm not vegan",
        "¿soy alérgica si me sale una roncha",
        "soy cliente de siempre",
        "soy de Bogotá",
        "soy yo otra vez",
        "Soy Cliente Premium",
        "me llamo",
        "no me llamo Pedro",
        "mi pedido no ha llegado",
        "quiero 1182 tortas",
        "mi hija se llama Ana",
        "mi esposo es alérgico a las nueces",
        "escríbanme a ventas@otra.mx o a info@otra.mx",
        "vivo en Bogotá",
        "mi dirección es la de siempre",
        "it's late, i am sorry",
        "mi correo no funciona",
        "",
    ],
)
def test_what_is_not_said_of_oneself_is_no_fact(text: str) -> None:
    assert facts_in(text) == []


def test_a_long_message_is_read_in_part_and_tells_only_so_much() -> None:
    assert facts_in("a" * READ_CHARS + " me llamo Ana") == []
    many = " ".join(f"mi pedido es {n}." for n in range(1000, 1100))
    assert len(facts_in(many)) == 8
