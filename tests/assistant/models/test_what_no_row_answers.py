"""A sum, the dearest of all, another size: no single row of a price list answers it. Praise is
thanked for, and what hurt somebody is a complaint."""

from __future__ import annotations

import pytest

from recado.language.detection import LanguageCode
from recado.language.matters import asks_for_sum, compares, is_complaint, is_praise
from recado.language.measures import sizes_in, tells_sizes

COMPLAINTS: list[tuple[LanguageCode, str]] = [
    ("es", "mi hijo se quemo con la sopa"),
    ("es", "mi paquete llego abierto"),
    ("es", "q mamada de servicio"),
    ("es", "me corté la boca con un vidrio"),
    ("es", "la caja llegó vacía"),
    ("es", "el pan vino durísimo, duro"),
    ("es", "el pollo llego seco"),
    ("es", "qué porquería de atención"),
    ("es", "se intoxicó por comer ahí"),
    ("es", "encontré un pelo en la sopa"),
    ("es", "mi pedido llegó todo revuelto"),
    ("pt", "achei um cabelo no prato"),
    ("pt", "o pão veio duro"),
    ("pt", "a caixa chegou aberta"),
    ("pt", "minha filha se queimou com o café"),
    ("pt", "que palhaçada de atendimento"),
    ("pt", "o prato veio sujo"),
    ("en", "my son burned himself on the soup"),
    ("en", "the box came opened"),
    ("en", "the bread was hard"),
    ("en", "what a joke"),
]
NO_COMPLAINTS: list[tuple[LanguageCode, str]] = [
    ("es", "esta abierto hoy"),
    ("es", "¿está abierto?"),
    ("es", "quiero pan duro para rallar"),
    ("es", "se corto la luz"),
    ("es", "venden frutos secos"),
    ("pt", "está aberto agora"),
    ("pt", "tem fruta seca"),
    ("en", "are you open"),
    ("en", "do you have hard cheese"),
]
PRAISE: list[tuple[LanguageCode, str]] = [
    ("es", "llego super rapido, gracias"),
    ("es", "quedo hermoso, mil gracias"),
    ("es", "las empanadas estaban riquísimas"),
    ("es", "excelente servicio"),
    ("es", "muy rico todo"),
    ("pt", "chegou rapidinho, obrigada"),
    ("pt", "adorei o bolo"),
    ("en", "everything was delicious, thank you"),
    ("en", "great service!"),
]
NO_PRAISE: list[tuple[LanguageCode, str]] = [
    ("es", "gracias"),
    ("es", "gracias, y el horario"),
    ("es", "quiero la torta más rica"),
    ("es", "busco algo rico"),
    ("es", "¿es rico el pan?"),
    ("es", "muy rico pero llegó frío"),
    ("pt", "obrigada"),
    ("en", "is it good?"),
]


@pytest.mark.parametrize(("language", "said"), COMPLAINTS)
def test_what_hurt_or_came_otherwise_is_a_complaint(language: LanguageCode, said: str) -> None:
    assert is_complaint(said, language)


@pytest.mark.parametrize(("language", "said"), NO_COMPLAINTS)
def test_a_question_about_such_things_is_none(language: LanguageCode, said: str) -> None:
    assert not is_complaint(said, language)


@pytest.mark.parametrize(("language", "said"), PRAISE)
def test_praise_is_praise(language: LanguageCode, said: str) -> None:
    assert is_praise(said, language)


@pytest.mark.parametrize(("language", "said"), NO_PRAISE)
def test_who_wants_something_does_not_only_praise(language: LanguageCode, said: str) -> None:
    assert not is_praise(said, language)


@pytest.mark.parametrize(
    "said",
    [
        *("cuanto es todo", "¿cuánto sería en total?", "cuánto te debo", "dame el total"),
        *("el total cuánto es", "a cuánto me queda todo", "quanto ficou tudo"),
        *("quanto fica tudo?", "quanto deu o total", "how much is everything", "what's the total"),
    ],
)
def test_a_sum_is_asked_for(said: str) -> None:
    assert asks_for_sum(said)


@pytest.mark.parametrize("said", ["cuánto es el pan", "quanto custa o bolo", "todo bien", "total"])
def test_one_price_is_no_sum(said: str) -> None:
    assert not asks_for_sum(said)


@pytest.mark.parametrize(
    "said",
    [
        *("cual es el plato mas caro", "¿qué es lo más barato?", "el más vendido"),
        *("qual o mais barato?", "what is the cheapest one", "your most popular dish"),
    ],
)
def test_one_among_many_is_asked_for(said: str) -> None:
    assert compares(said)


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ("tienen caño de 63?", {"63"}),
        ("talla 42", {"42"}),
        ("codo de 1/2", {"1/2"}),
        ("llave 12mm", {"12"}),
        ('tubo 3"', {"3"}),
        ("tem cano de 63 mm?", {"63"}),
        ("abren de 8 a 10?", set()),
        ("3 empanadas", set()),
        ("2 kg de harina", set()),
        ("la lista de 2026", set()),
        ("mesa para 6", set()),
        ("niños de 2 años", set()),
        ("grupo de 12 personas", set()),
        ("pago de 3 cuotas", set()),
    ],
)
def test_a_size_is_told_from_other_numbers(asked: str, sizes: set[str]) -> None:
    assert sizes_in(asked) == sizes


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("Caño 50 mm: $3000", False),
        ("Caño 63 mm: $4000", True),
        ("Caño 63mm: $4000", True),
        ("Caños de 20 a 110 mm", True),
        ("Tenemos caños de todas las medidas", True),
        ("Caño 163: $1", False),
    ],
)
def test_the_row_of_another_size_is_no_answer(text: str, tells: bool) -> None:
    assert tells_sizes(text, frozenset({"63"})) is tells
