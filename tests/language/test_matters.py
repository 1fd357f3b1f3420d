"""What only a person can settle is told from a question about how it is done."""

import pytest

from recado.language.detection import detect_language
from recado.language.matters import (
    Matter,
    answers_wish,
    asks_whether,
    goes_on_with_wish,
    invitation_in,
    is_complaint,
    matter_of,
)
from recado.language.terms import details_in, how_many

REQUESTS = """
reservation|ocupo cita pa uñas mañana en la mañana
reservation|can i book a minivan for june 3 to june 8
reservation|hay habitacion de viernes a domingo?
reservation|para dos personas el sabado a las 4 masaje de parejas
reservation|pode buscar roupa aqui quinta de tarde? rua wisard 55
cancellation|no voy a poder llevar a lola hoy
cancellation|i cant come in today sorry
refund|devolvedme el dinero de la noche
cancellation|anulad mi reserva por favor
cancellation|vale pues cancelad la nuestra
cancellation|need to cancel tomorrow's appointment
big_order|quero 300 cadernos encapados pra escola
refund|quiero mi dinero de vuelta
refund|exijo un reembolso
refund|devuélvanme la plata ya
refund|quero meu dinheiro de volta
refund|quero um estorno
refund|I want a refund
refund|give me my money back
refund|i'd like a full refund please
refund|necesito que me reembolsen el pedido
refund|devolveme la guita... devuélvanme el dinero
refund|quero que devolvam meu dinheiro
cancellation|quería cancelar mi turno de mañana
cancellation|i wanna cancel the order #8831
reservation|can we book for 6 people next saturday at 8pm
reservation|reserva para 2 pessoas amanhã às 20h em nome de João
big_order|queria encomendar 80 coxinhas pro sabado
big_order|necesito un presupuesto de catering para 60 invitados el 15/03
cancellation|quiero cancelar mi pedido
cancellation|cancelem meu pedido 123
cancellation|cancela mi pedido porfa
cancellation|please cancel my order
cancellation|hola, necesito cancelar la reserva de mañana
cancellation|preciso cancelar a reserva
cancellation|I need to cancel my booking for tonight
cancellation|puedo cancelar el pedido 4512?
cancellation|me gustaría cancelar mi compra
cancellation|pueden cancelar mi pedido por favor?
cancellation|can you cancel my order?
cancellation|anulen mi pedido
reservation|quiero reservar una mesa para 4 mañana a las 8
reservation|mesa para dos hoy 21hs
reservation|¿tienen mesa para 6 el sábado a las 21:30?
reservation|queria reservar pra 5 pessoas sexta as 20h
reservation|book a table for four on friday at 7pm
reservation|table for 2 tonight?
reservation|necesito un turno para el martes a las 15
big_order|necesito catering para 80 personas el 12 de junio
big_order|quiero 200 empanadas para el viernes
big_order|preciso de 100 salgados para sabado
big_order|I need 50 croissants for Monday morning
big_order|queremos encargar una torta para 30 personas para el sábado
big_order|we'd like catering for our wedding, 120 guests, on may 3
big_order|necesitamos 40 desayunos para un evento el 5/12
refund|quiero mis 30 euros de vuelta
refund|I want my $55 back
refund|give me back my 20 euros
refund|quero receber meu dinheiro de volta
refund|quero meus 40 reais de volta
refund|i want to return it and get my money
cancellation|I've changed my mind, don't ship it please
cancellation|no voy a poder ir a la cita
cancellation|desisti do exame, podem tirar meu nome da lista
reservation|i'd like 2 spots for the group ride this thursday, Dana
reservation|quisiera 2 plazas para yoga este jueves
reservation|me apuntas a ciclo el lunes a las 19?
reservation|dá pra encaixar meu carro amanhã às 9h?
reservation|can i drop my bike off on thursday? name's Olu
reservation|kiero bañar a mi perra el viernes
reservation|necesito que me suban el ruedo de un pantalon pa el viernes
reservation|need the brakes looking at before saturday
reservation|nos guardais 3 roscones?
reservation|hola, somos 4 y queremos ir del 12 al 15 de agosto
big_order|preciso de 3 centos de salgado
big_order|can u do 250 tees by the 14th
"""
QUESTIONS = """
el doctor me dijo q regresara en una semana, cuando puede ser?
abren de lunes a viernes?
¿cómo puedo cancelar mi pedido?
puedo cancelar mi pedido?
como faço para cancelar meu pedido
how do i cancel my order
can I cancel my reservation?
¿cuánto tarda el reembolso?
hacen reembolsos?
do you give refunds?
what's your refund policy
qual o prazo do reembolso
¿cómo reservo una mesa?
quiero reservar una mesa
posso reservar mesa?
aceptan reservas?
¿hasta qué hora puedo reservar para el domingo?
¿cuánto cuesta una torta para 20 personas?
hacen catering?
¿aceptan grupos de 25 personas?
how much is a cake for 20 people
a qué hora abren mañana
abren el 24 de diciembre?
¿tienen mesas en la terraza?
is there a table outside?
quiero 2 cafés
tienen estacionamiento para 20 autos?
si quiero cancelar mi pedido, hasta cuándo puedo?
no quiero cancelar, solo cambiar la hora
quiero saber el horario del sábado
a partir de 35 € el envío es gratis?
necesito un pan para mañana
puedo devolver una taza?
me puedes decir cómo cancelar mi pedido
quiero saber como cancelar mi pedido
no quiero cancelar mi pedido
¿qué pasa si cancelo mi pedido?
vocês devolvem o dinheiro se não gostar?
do i get a refund if it rains
what time can i pick up my order tomorrow at 5?
mi número de pedido es 4512, ¿dónde está?
necesito 2 kilos de pan para hoy
preciso de recibo pra pedir o reembolso do plano
quiero devolver el bolso
i want to go back to the $20 plan
hay clase de yoga mañana a las 8 para mi hijo?
si no puedo ir, pierdo la seña?
quiero 200 gramos de café para hoy
tengo que pagar el lunes?
quiero comer ahi el sabado
quiero comprar un pan mañana
"""
INVITATIONS = """
dp|Lo sentimos. Mándanos una foto y el número de pedido: te lo reponemos sin costo
d|Por este WhatsApp o en cafeaurora.example/reservas: dinos el día, la hora y un nombre.
-|Envíanos tu nombre, el NIF y la dirección a facturas@cafeaurora.example y te la mandamos.
-|Manda tu currículum a empleo@cafeaurora.example e indica el puesto.
d|Avísanos por aquí al menos dos horas antes con tu nombre y la hora.
-|¡Hola! Soy Aurora. Cuéntame, ¿en qué te ayudo?
-|De martes a viernes abrimos de 7:30 a 20:00
dp|Envie uma foto e o número do pedido
d|Send us the date, the number of people and a name.
p|Could you send me a picture of the damaged item?
d|¿Me indicas tu nombre y cuántas personas son?
d|Claro, para reservar necesito fecha, hora y número de personas.
-|Te paso con una persona del equipo. En breve te responde por aquí.
d|Puedes pedir en cafeaurora.example/pedidos o por este WhatsApp: dinos qué quieres.
"""


@pytest.mark.parametrize("line", REQUESTS.strip().splitlines())
def test_a_request_that_only_a_person_can_settle_is_one(line: str) -> None:
    matter, text = line.split("|")
    assert matter_of(text) == matter


@pytest.mark.parametrize("text", QUESTIONS.strip().splitlines())
def test_a_question_about_how_things_are_done_is_none(text: str) -> None:
    assert matter_of(text) is None


WISHES = """
quería ver si me guardan un sitio el sábado|seríamos unas 14
queria marcar uma consulta|pode ser quinta de manhã?
need 12 city bikes on 14 june|we'd pick them up at 9
quiero una tarta de zanahoria|para 12|la recojo el domingo a las 11
"""
BIG_WISHES = """
I'd like to place a large order|300 t-shirts
necesito catering para un evento|seríamos 40 personas
"""
NO_WISHES = """
¿cómo reservo una mesa?|para 6
quiero saber si reservan mesas|el sábado a las 9
quiero una tarta|abren mañana a las 8
"""


@pytest.mark.parametrize("line", WISHES.strip().splitlines())
def test_a_wish_is_completed_by_details_that_come_later(line: str) -> None:
    *before, last = line.split("|")
    assert goes_on_with_wish(before, last, detect_language(line).code) is Matter.RESERVATION


@pytest.mark.parametrize("line", BIG_WISHES.strip().splitlines())
def test_a_big_order_is_completed_by_how_many(line: str) -> None:
    *before, last = line.split("|")
    assert goes_on_with_wish(before, last, detect_language(line).code) is Matter.BIG_ORDER


@pytest.mark.parametrize(
    ("asked", "passage", "answers"),
    [
        ("queria ver um horário com cardiologista", "Horário\nDas 7h às 19h.", False),
        ("queria ver um horário com cardiologista", "Como agendar uma consulta", True),
        ("tienen turno para castrar la semana que viene?", "Castración: gata $ 3.500", False),
        ("puedo reservar un auto para el viernes", "¿Puedo cambiar mi reserva?\nSí.", False),
        ("a que hora puedo ir un domingo", "Horario\nLos domingos de 9 a 14.", True),
    ],
)
def test_a_wish_to_reserve_is_not_answered_by_what_only_shares_its_words(
    asked: str, passage: str, answers: bool
) -> None:
    assert answers_wish(asked, passage, "pt" if "ário" in asked else "es") is answers


@pytest.mark.parametrize("line", NO_WISHES.strip().splitlines())
def test_details_after_a_question_are_no_wish(line: str) -> None:
    *before, last = line.split("|")
    assert goes_on_with_wish(before, last, "es") is None


@pytest.mark.parametrize("line", INVITATIONS.strip().splitlines())
def test_what_the_business_asks_for_here_is_known(line: str) -> None:
    """d: details, p: a picture."""
    asked, text = line.split("|")
    found = invitation_in(text)
    assert (found.details, found.picture) == ("d" in asked, "p" in asked)


@pytest.mark.parametrize("text", ["¿me devuelven el dinero si no me gusta?"])
def test_what_would_be_if_is_no_request(text: str) -> None:
    assert matter_of(text) is None


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("sí, quiero mi dinero de vuelta", Matter.REFUND),
        ("Si, quiero cancelar mi pedido", Matter.CANCELLATION),
        ("¡Sí! quiero cancelar mi pedido", Matter.CANCELLATION),
    ],
)
def test_a_yes_before_a_request_is_no_if(text: str, matter: Matter) -> None:
    assert matter_of(text) is matter


def test_details_are_found_in_every_language() -> None:
    assert details_in("mañana a las 8, somos 4, a nombre de Ana") == {
        *("day", "time", "people", "name")
    }
    assert details_in("sexta as 20h, 5 pessoas") == {"day", "time", "people"}
    assert details_in("friday at 7pm for four") == {"day", "time", "people"}
    assert details_in("mañana en la mañana") == {"day", "time"}
    assert details_in("por la tarde") == {"day"}
    assert details_in("depois das 5") == details_in("after 5") == {"time"}
    assert not details_in("after 5 days")
    assert details_in("hola, ¿tienen wifi?") == set()
    assert how_many("200 empanadas para 80 personas") == 200
    assert how_many("tres docenas de empanadas") == 36


@pytest.mark.parametrize(
    "text",
    [
        *("llegó frío", "la pizza estaba cruda", "me mandaron otra cosa", "nunca llegó"),
        *("veio faltando um item", "o produto chegou quebrado", "não chegou até agora"),
        *("the soup was cold", "my order is missing items", "arrived damaged"),
    ],
)
def test_who_got_something_wrong_complains(text: str) -> None:
    assert is_complaint(text, "es")
    assert is_complaint(text, "en")


@pytest.mark.parametrize(
    "text", ["¿qué hago si algo llega roto?", "what if it arrives broken?", "¿tienen vino tinto?"]
)
def test_who_asks_what_if_does_not_complain(text: str) -> None:
    assert not is_complaint(text, "es")


TOLD = """
me llegó la lasaña fría
la sopa tenia un pelo
me vendieron un cable quemado
la pintura vino de otro color
me llego el vestido con una mancha
faltaron 2 caños en el envio
me mandaron talla s y pedi m
se me descompuso el taladro
tuve una reaccion alergica
me clonaron la tarjeta en su local
esperamos una hora y nos fuimos
llegó roto. ¿qué hago?
veio faltando o refri
esqueceram meu refrigerante
demorou demais a entrega
la ducha sigue sin agua caliente, van tres semanas
troquei o óleo semana passada e tá vazando
i had it serviced and the gears still slip
received a size 42 instead of 44
there's a bit of plastic in my sandwich
el chico del envio me rompio el porton
you forgot my drink
my order arrived without the sauce
i've been waiting for two hours
"""
NOT_TOLD = """
what if i bring it back late
how do i report something broken
nunca llegaron a un acuerdo
¿qué hago si algo llega roto?
hace falta una cita
llegó sin problemas, gracias
me falta un dato
soy alérgica al maní
¿tienen la blusa con una mancha de color?
el pedido llegó muy bien
falta una semana para mi cumple
it came without any problems
"""


@pytest.mark.parametrize("text", TOLD.strip().splitlines())
def test_what_is_not_as_it_should_be_is_a_complaint(text: str) -> None:
    assert is_complaint(text, detect_language(text).code)


@pytest.mark.parametrize("text", NOT_TOLD.strip().splitlines())
def test_what_only_sounds_like_a_complaint_is_none(text: str) -> None:
    assert not is_complaint(text, detect_language(text).code)


@pytest.mark.parametrize(
    "text",
    ["me cancelan la reserva si llego tarde?", "nos cancelan la mesa si somos menos"],
)
def test_a_rule_about_cancelling_is_only_asked_about(text: str) -> None:
    assert matter_of(text) is None


@pytest.mark.parametrize(
    ("text", "whether"),
    [
        ("¿Tienen mesas para 20 personas el sábado?", True),
        ("tienen mesa para 6 el sábado a las 21:30?", False),
        ("quiero mesas para 20 el sábado", False),
    ],
)
def test_tables_in_general_are_asked_about_before_a_person_is_called(
    text: str, whether: bool
) -> None:
    assert asks_whether(text) is whether


@pytest.mark.parametrize(
    "text", ["si cancelo, ¿me devuelven el anticipo?", "si cancelo el pedido hoy, qué pierdo"]
)
def test_what_would_happen_is_asked_and_not_wanted(text: str) -> None:
    assert matter_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "can you cancel for free?", "do I have to pay if I need to cancel?",
        "quiero cancelar la factura", "quiero cancelar en efectivo", "quando preciso cancelar?",
    ],
)  # fmt: skip
def test_paying_and_rules_are_no_wish_to_cancel(text: str) -> None:
    assert matter_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "me ha llegado la silla rota", "nos habéis cobrado el doble",
        "mi perro volvió cortado de la peluquería", "you've ruined my hair",
    ],
)  # fmt: skip
def test_what_went_wrong_is_a_complaint_in_every_tense(text: str) -> None:
    assert is_complaint(text, detect_language(text).code)
