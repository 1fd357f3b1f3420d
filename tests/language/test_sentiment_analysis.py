import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.language.analysis import SentimentLabel, analyze_sentiment

TEXTS = {
    "NEGATIVE": [
        "no estoy contento",
        "nada bom",
        "not happy",
        "no me gustó",
        "não gostei",
        "i don't like it",
        "no funciona",
        "chegou quebrado",
        "my package arrived broken",
        "llegó roto",
        "estoy decepcionada con la compra",
        "no es bueno",
        "isn't good",
        "it is not very good",
        "não recomendo",
        "estoy esperando hace 2 horas",
        "el producto no sirve",
        "me cobraron de mas",
        "não funciona",
        "it doesn't work",
        "😡",
        "gracias por nada",
        "por que no me responden??",
        "ya no se que hacer con este problema, estoy harta",
        "todavia no me llego y nadie contesta",
        "demorou muito e veio errado",
    ],
    "POSITIVE": [
        "excelente servicio, muchas gracias!",
        "me encantó",
        "muy buena atencion",
        "adorei, muito obrigada!",
        "ótimo atendimento",
        "love it, thank you so much",
        "great service",
        "nada mal",
        "not bad at all",
        "perfecto, gracias",
        "😍",
        "❤️",
        "todo llegó impecable, los recomiendo",
        "chegou certinho, amei!",
        "you're the best",
        "gracias",
        "obrigada!",
        "thanks!",
        "estoy muy contenta con la compra",
        "super recomendo",
        "sin problemas, todo llegó a tiempo",
        "buenísimo",
        "amazing!!!",
        "excelente!!",
        "👍",
        "Que lindo, me encanta!!",
    ],
    "NEUTRAL": [
        "que mal que no abran hoy, y mañana?",
        "too bad you dont deliver, what about pickup",
        "hola",
        "hola buenas tardes",
        "bom dia, tudo bem?",
        "good morning",
        "a qué hora abren?",
        "cuánto cuesta el envío",
        "quanto custa o frete?",
        "how much is shipping",
        "quiero comprar la camiseta azul talla M",
        "tienen en color negro?",
        "onde fica a loja?",
        "do you ship to Canada?",
        "¿qué pasa si llega roto?",
        "puedo devolverlo si no me gusta?",
        "quiero cancelar mi pedido",
        "quero cancelar meu pedido",
        "i want to cancel my order",
        "no",
        "sí",
        "ok",
        "my order number is 1234",
        "aceptan tarjeta de crédito?",
        "cual es el mejor modelo para correr?",
        "is it good quality?",
        "mañana por la tarde paso",
        "https://x.com/terrible-horrible",
        "hablar con el gerente",
        "no gracias",
        "123",
        "necesito la factura a nombre de Juan",
        "can I return it if it doesn't fit?",
        "e se vier com defeito?",
    ],
    "MIXED": [
        "el producto es excelente pero la atención pésima",
        "o produto é lindo mas o atendimento foi péssimo",
        "the food was great but the delivery was terrible",
        "me encantó el vestido pero llegó tarde y roto",
        "love the shoes but they arrived broken",
    ],
}

ANGRY = [
    "esto es una estafa, pésimo servicio",
    "que porcaria de atendimento, péssimo",
    "this is terrible, worst service ever",
    "son unos ladrones",
    "el peor servicio que he tenido",
    "nunca mas les compro, una verguenza",
    "ESTO ES UNA VERGUENZA!!!",
    "hijos de puta",
    "q asco de atencion",
    "quero meu dinheiro de volta, fui enganada",
    "atendimento horrível",
    "vocês são uns incompetentes",
    "absolutely disgusting, i want my money back",
    "you guys are a scam",
    "this is bullshit",
    "🤬🤬",
    "muy mala atención, nadie me responde",
    "muito ruim, ninguem me responde",
    "very bad service, nobody answers",
    "ridiculous, three weeks waiting and still nothing arrived",
    "terrible la atencion",
    "llevo dos semanas esperando y nadie me responde",
]


@pytest.mark.parametrize(
    ("label", "text"), [(expected, text) for expected, texts in TEXTS.items() for text in texts]
)
def test_the_feeling_of_a_message_is_read(label: str, text: str) -> None:
    assert analyze_sentiment(text).label == label


@pytest.mark.parametrize("text", ANGRY)
def test_insults_and_complaints_are_clearly_negative(text: str) -> None:
    feeling = analyze_sentiment(text)
    assert feeling.label is SentimentLabel.NEGATIVE
    assert feeling.scores["negative"] > 0.8


def negative(text: str) -> float:
    return analyze_sentiment(text, "es").scores["negative"]


def test_shouting_and_intensifiers_make_it_worse() -> None:
    assert negative("que mal servicio") < negative("que MAL servicio")
    assert negative("que mal servicio") < negative("que mal servicio!!!")
    assert negative("estoy molesta") < negative("estoy muy molesta")
    assert negative("estoy algo molesta") < negative("estoy molesta")


def test_what_comes_after_but_counts_more() -> None:
    praise_last = analyze_sentiment("llegó tarde pero el vestido es excelente")
    blame_last = analyze_sentiment("el vestido es excelente pero llegó tarde")
    assert praise_last.scores["positive"] > blame_last.scores["positive"]


def test_a_word_of_another_language_counts_in_a_mixed_message() -> None:
    assert analyze_sentiment("el delivery fue terrible, worst experience", "es").label == "NEGATIVE"


def test_words_that_differ_between_languages_do_not_leak() -> None:
    assert analyze_sentiment("asesoría legal", "es").label == "NEUTRAL"
    assert analyze_sentiment("muito legal", "pt").label == "POSITIVE"


def test_a_caller_may_keep_and_change_the_scores() -> None:
    analyze_sentiment("excelente").scores["positive"] = 0.0
    assert analyze_sentiment("excelente").scores["positive"] > 0.5


@given(st.text(max_size=200))
def test_scores_always_share_out_one(text: str) -> None:
    label, scores = analyze_sentiment(text)
    assert sum(scores.values()) == pytest.approx(1)
    assert all(0 <= score <= 1 for score in scores.values())
    assert scores[label.lower()] == max(scores.values())
