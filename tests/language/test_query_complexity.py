import pytest

from recado.language.analysis import classify_domain, complexity, is_complex_query

SIMPLE = [
    "hola",
    "a qué hora abren?",
    "quero cancelar meu pedido",
    "how much is shipping to Canada and how long does it take?",
    "no puedo iniciar sesión, olvidé mi contraseña",
]
COMPLEX = [
    (
        "Quiero saber si puedo cambiar la talla si ya abrí la caja, y en caso de que no, "
        "cuánto tarda el reembolso y si me lo devuelven a la tarjeta? También, ¿cuál es la "
        "diferencia entre ellos?"
    ),
    (
        "Se eu comprar dois tênis e um não servir, posso trocar só um deles? E o frete da "
        "devolução é por conta de vocês ou minha, caso o defeito seja de fábrica?"
    ),
    (
        "I'm integrating your API but the webhook returns error 401 after the token expires; "
        "if I refresh it, does the old endpoint keep working or should I configure OAuth "
        "again? And what is the difference between the v1 and the v2 SDK? Which parameter do "
        "I change on a timeout?"
    ),
]


@pytest.mark.parametrize("text", SIMPLE)
def test_a_plain_question_is_simple(text: str) -> None:
    assert not is_complex_query(text)


@pytest.mark.parametrize("text", COMPLEX)
def test_several_conditional_questions_are_complex(text: str) -> None:
    assert is_complex_query(text)


def test_a_deep_technical_case_reaches_the_strongest_model() -> None:
    assert complexity(COMPLEX[2]) > 0.8
    assert classify_domain(COMPLEX[2]) == "technical"


def test_complexity_stays_between_nothing_and_one() -> None:
    assert complexity("") == 0
    assert complexity(" ".join(COMPLEX) * 5) == 1


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        ("technical", "no puedo conectar el router al wifi"),
        ("technical", "não consigo fazer login no aplicativo"),
        ("technical", "the api returns a 500 error"),
        ("customer_service", "cuánto cuesta el router?"),
        ("customer_service", "quero trocar meu pedido"),
        ("customer_service", "where is my order"),
        ("general", "quién fue Borges?"),
        ("general", "hola"),
    ],
)
def test_the_domain_decides_which_model_answers(domain: str, text: str) -> None:
    assert classify_domain(text) == domain
