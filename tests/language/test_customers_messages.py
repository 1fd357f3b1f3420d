"""Whole messages as customers write them: language, feeling and intent of each."""

import pytest

from recado.language.analysis import analyze_sentiment, classify_intent, detect_language

MESSAGES: list[tuple[str, str, str, str]] = [
    ("es", "NEUTRAL", "availability", "Buenas! Les queda el modelo negro en 38?"),
    (
        "es",
        "NEUTRAL",
        "order_status",
        "hola hice una compra el lunes y queria saber cuando me llega",
    ),
    (
        "es",
        "NEGATIVE",
        "complaint",
        "Compré hace un mes y todavía no me llega nada, son unos irresponsables",
    ),
    (
        "es",
        "NEGATIVE",
        "complaint",
        "la verdad muy decepcionada con ustedes, la ropa vino manchada",
    ),
    ("es", "POSITIVE", "thanks", "Mil gracias por la ayuda, sos un genio!"),
    ("es", "NEUTRAL", "payment", "se puede abonar con mercadopago?"),
    ("es", "NEUTRAL", "location", "tienen local en capital federal?"),
    ("es", "NEUTRAL", "delivery", "y cuanto me saldria el envio a mendoza"),
    ("es", "NEUTRAL", "hours", "mañana abren? es feriado"),
    ("es", "NEUTRAL", "price", "me pasas precio porfa"),
    (
        "es",
        "NEGATIVE",
        "complaint",
        "ya les escribí 3 veces y nadie contesta, una falta de respeto",
    ),
    ("es", "NEUTRAL", "human", "me gustaria hablar con alguien por telefono"),
    ("es", "NEUTRAL", "booking", "quisiera sacar turno para el viernes a la tarde"),
    ("es", "POSITIVE", "thanks", "genial, muchísimas gracias por todo"),
    ("es", "NEUTRAL", "cancel", "necesito anular mi reserva del sabado"),
    ("es", "NEGATIVE", "complaint", "me mandaron otro color, no es lo que pedi"),
    ("es", "NEUTRAL", "invoice", "podrian mandarme la factura a mi correo"),
    ("es", "NEUTRAL", "returns", "si no me queda bien lo puedo cambiar?"),
    ("es", "NEUTRAL", "other", "mi hija cumple años el jueves"),
    ("es", "NEGATIVE", "complaint", "no puedo creer lo mal que atienden"),
    ("pt", "NEUTRAL", "availability", "oi! ainda tem o vestido vermelho?"),
    ("pt", "NEUTRAL", "order_status", "fiz um pedido semana passada e ate agora nada, cade?"),
    ("pt", "NEGATIVE", "complaint", "comprei faz um mês e ainda não chegou, que descaso"),
    ("pt", "NEGATIVE", "complaint", "produto veio todo amassado, muito chateada"),
    ("pt", "POSITIVE", "thanks", "amei o atendimento, muito obrigada mesmo 😍"),
    ("pt", "NEUTRAL", "payment", "dá pra parcelar em 3x sem juros?"),
    ("pt", "NEUTRAL", "location", "vcs ficam em qual bairro?"),
    ("pt", "NEUTRAL", "delivery", "vocês entregam na zona sul?"),
    ("pt", "NEUTRAL", "hours", "sábado vcs atendem até q horas"),
    ("pt", "NEUTRAL", "price", "me passa o preço desse pfv"),
    ("pt", "NEUTRAL", "human", "consigo falar com alguem do financeiro?"),
    ("pt", "NEUTRAL", "booking", "queria marcar pra quinta de manhã"),
    ("pt", "NEGATIVE", "complaint", "pior compra da minha vida"),
    ("pt", "NEUTRAL", "cancel", "como faço pra cancelar?"),
    ("pt", "NEUTRAL", "returns", "ficou pequeno, posso trocar pelo G?"),
    ("pt", "NEUTRAL", "identity", "tô falando com um robô?"),
    ("pt", "NEGATIVE", "complaint", "vocês me cobraram duas vezes!!"),
    ("pt", "NEUTRAL", "goodbye", "então até segunda, abraço"),
    ("pt", "NEUTRAL", "invoice", "me manda a nota fiscal por email"),
    ("pt", "NEUTRAL", "other", "meu nome é Carla"),
    ("en", "NEUTRAL", "availability", "do u have these in a size 9"),
    ("en", "NEUTRAL", "order_status", "ordered last week, any update on my package?"),
    ("en", "NEGATIVE", "complaint", "i've been waiting for 3 weeks and nobody answers my emails"),
    ("en", "NEGATIVE", "complaint", "the shirt came with a hole in it, really disappointed"),
    ("en", "POSITIVE", "thanks", "omg it's beautiful, thank you!!"),
    ("en", "NEUTRAL", "payment", "can i pay with apple pay"),
    ("en", "NEUTRAL", "location", "what's your address"),
    ("en", "NEUTRAL", "delivery", "how long does delivery take to Madrid?"),
    ("en", "NEUTRAL", "hours", "u guys open on sunday?"),
    ("en", "NEUTRAL", "price", "hey how much for the blue one"),
    ("en", "NEUTRAL", "human", "can someone call me please? i'd rather talk to a real person"),
    ("en", "NEUTRAL", "booking", "could I book for 2 people tonight"),
    ("en", "NEGATIVE", "complaint", "this is the second time you send the wrong item. useless"),
    ("en", "NEUTRAL", "cancel", "pls cancel order 5521"),
    ("en", "NEUTRAL", "returns", "doesn't fit, how do i send it back?"),
    ("en", "NEUTRAL", "help", "i need help with something"),
    ("en", "NEUTRAL", "goodbye", "ok talk later bye"),
    ("en", "NEUTRAL", "other", "my name is John"),
]


@pytest.mark.parametrize(("language", "feeling", "intent", "message"), MESSAGES)
def test_a_customers_message_is_understood(
    language: str, feeling: str, intent: str, message: str
) -> None:
    assert detect_language(message).code == language
    assert analyze_sentiment(message).label == feeling
    assert classify_intent(message).name == intent
