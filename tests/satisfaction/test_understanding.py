"""A score is understood as people write it, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from recado.satisfaction.understanding import score_in


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("5", 5),
        (" 4. ", 4),
        ("5️⃣", 5),
        ("Excelente", 5),
        ("EXCELENTEEEE!!", 5),
        ("excelente, muchas gracias", 5),
        ("👍", 5),
        ("👍🏽👍🏽", 5),
        ("👎", 1),
        ("mala", 2),
        ("Muy mala", 1),
        ("péssimo atendimento", 1),
        ("10/10", 5),
        ("7/10", 4),
        ("4 de 5", 4),
        ("4,5", 5),
        ("nota 3", 3),
        ("Nota: 10", 5),
        ("8", 4),
        ("0", 1),
        ("le doy un 5", 5),
        ("cinco estrellas", 5),
        ("três", 3),
        ("quatro estrelas", 4),
        ("five stars", 5),
        ("5 ⭐", 5),
        ("⭐⭐⭐⭐", 4),
        ("⭐️⭐️⭐️⭐️⭐️ Excelente", 5),
        ("Muito bom!", 5),
        ("regular", 3),
        ("más o menos", 3),
        ("the service was great", 5),
        ("no muy buena", 2),
        ("😡", 1),
        ("❤️", 5),
    ],
)
def test_a_score_is_understood(said: str, score: int) -> None:
    assert score_in(said) == score


@pytest.mark.parametrize(
    "said",
    [
        "",
        "gracias",
        "ok",
        "no",
        "5 pizzas",
        "quiero 5",
        "¿mala?",
        "excelente, ¿y cuándo llega?",
        "excelente 👎",
        "11",
        "12/10",
        "1234",
        "una pizza",
        "la 5 por favor",
        "nada bueno",
        "no excelente",
        "mi pedido es el 4",
        "👍👎",
        "⭐⭐⭐⭐⭐⭐",
        "una " * 5000,
        "5" * 100_000,
        "🙂" * 50_000,
    ],
)
def test_anything_else_is_an_ordinary_message(said: str) -> None:
    assert score_in(said) is None
