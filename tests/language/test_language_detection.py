import pytest

from recado.language.analysis import detect_language

TEXTS = {
    "es": [
        "haceis tartas de cumple?",
        "cobrais por aparcar?",
        "a que hora cerrais",
        "hola",
        "holaaa",
        "q tal",
        "buenas",
        "gracias",
        "grax",
        "a qué hora abren",
        "a que hora abren",
        "cuanto cuesta",
        "tienen envios?",
        "quiero cancelar mi pedido",
        "donde estan",
        "si",
        "dale",
        "listo perfecto",
        "esto es una estafa, pésimo servicio",
        "Hola, quería saber si tienen talla 42",
        "necesito factura",
        "no me llego el paquete",
        "muchas gracias!!",
        "xfa",
        "aceptan tarjeta?",
        "quiero hablar con una persona",
        "buen dia",
        "jajaja",
        "mañana",
        "cuánto sale el envío a Córdoba?",
        "me pasas el link",
        "perfecto",
        "estoy esperando hace 2 horas",
        "que precio tiene la camiseta azul",
        "ok gracias",
        "kiero saber el presio",
        "Mi pedido #4432 todavía no llega",
        "envían a domicilio?",
        "puedo pagar con bizum",
        "está roto",
        "hasta luego",
        "no quiero",
        "una pregunta",
        "de donde son",
        "la direccion?",
        "precio",
        "quiero el modelo black de la shop",
    ],
    "pt": [
        "oi",
        "oii",
        "oie",
        "vcs abrem hj?",
        "quanto custa",
        "obrigada",
        "obg",
        "bom dia",
        "tudo bem?",
        "blz",
        "vc tem no tamanho 40?",
        "qual o valor do frete",
        "nao chegou meu pedido",
        "não",
        "sim",
        "quero cancelar minha compra",
        "que porcaria de atendimento, péssimo",
        "falar com um atendente",
        "aceita pix?",
        "kkkk",
        "onde fica a loja",
        "vlw",
        "preciso de nota fiscal",
        "até que horas ficam abertos",
        "tem em estoque",
        "quero meu dinheiro de volta",
        "boa tarde",
        "cadê meu pedido",
        "valeu",
        "qual o endereço",
        "posso pagar com cartao",
        "entregam em Campinas?",
        "ate amanha",
        "muito obrigado",
        "voces fazem entrega",
        "preço",
        "reclamação",
        "faz quanto tempo que tao me enrolando",
        "to esperando ha 2 horas",
        "o produto veio quebrado",
        "gostaria de saber o prazo de entrega",
        "ok obrigado",
        "é isso",
        "amanhã",
        "quero falar com o manager please",
        "chegou errado",
        "horário de funcionamento",
    ],
    "en": [
        "hi",
        "hello",
        "hey",
        "thx",
        "thanks",
        "how much",
        "what time do you open",
        "do you ship to Canada",
        "where are you",
        "refund please",
        "this is terrible, worst service ever",
        "can I talk to a human",
        "ok thanks",
        "yes",
        "good morning",
        "u open today?",
        "pls help",
        "my order hasn't arrived",
        "is it available",
        "hours?",
        "price",
        "I want to cancel",
        "bye",
        "lol",
        "great",
        "cancel my order",
        "any discount?",
        "are you a bot?",
        "still waiting",
        "it's broken",
        "do you accept pix",
        "size 42 in black?",
        "tomorrow",
        "when will it arrive",
        "hola, do you have this jacket in blue?",
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(expected, text) for expected, texts in TEXTS.items() for text in texts]
)
def test_the_language_of_a_chat_message_is_known(language: str, text: str) -> None:
    other = "en" if language != "en" else "es"  # the default must not be what decides
    found = detect_language(text, default=other)
    assert found.code == language
    assert 0 < found.confidence <= 1


@pytest.mark.parametrize(
    "text", ["", "😀👍", "123", "https://tienda.example/hola", "...", "asdf qwerty", "wifi?"]
)
def test_a_text_that_says_nothing_keeps_the_default(text: str) -> None:
    assert detect_language(text, default="pt") == ("pt", 0.0)


@pytest.mark.parametrize("default", ["es", "pt"])
@pytest.mark.parametrize("word", ["cancelar", "pedido", "horario?", "reembolso por favor"])
def test_what_both_languages_say_alike_keeps_the_default(word: str, default: str) -> None:
    assert detect_language(word, default=default) == (default, 0.0)


def test_a_mixed_text_is_less_sure_than_a_pure_one() -> None:
    mixed = detect_language("hola, do you have this jacket in blue?")
    pure = detect_language("hello, do you have this jacket in blue?")
    assert mixed.code == pure.code == "en"
    assert mixed.confidence < pure.confidence


def test_an_unknown_default_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        detect_language("hola", default="fr")
