"""The language of a conversation: a whole sentence changes it, a word does not."""

import pytest

from recado.language.spoken import (
    clear_language,
    first_language,
    language_of_country,
    language_of_phone,
    language_of_turn,
)

SENTENCES = {
    "es": """
se puede pagar en cuotas?
tienen pan de queso brasilero
quiero un brownie y un cold brew
ya pague pero no me aparece
venden cerveza o vino
tienen wifi
quiero 2 pizzas y una coca
cuanto sale el envio
m podes pasar la direccion
hola q tal tienen turno para mañana
hasta q hora estan
necesito hablar con alguien
no me llego nada todavia
kiero saber si asen tortas
me gustaria reservar para 4 personas
puedo pagar con tarjeta
donde queda el local
xq no contestan
mi pedido es el 4512 y no llego
tenes algo sin tacc
hacen envios a domicilio
aceptan perros?
cuanto vale la torta de chocolate
buenas una consulta, abren el domingo?
esta abierto ahora
quiero cancelar
cual es la clave del wifi
che tenés lugar para hoy a la noche
ahorita estan abiertos?
tienen opciones veganas o vegetarianas
se puede ir con niños
oye y tienen postres
q precio tiene el cafe
tiene estacionamiento el local
tienen cerveza o vino o algo asi
como hago un pedido
quisiera hacer una reserva
estan abiertos los lunes o no
""",
    "pt": """
boa tarde, queria fazer uma encomenda
tem tacos al pastor?
meu pedido veio errado
da pra parcelar?
qto fica o frete p/ curitiba
vcs vendem cerveja ou vinho
tem wifi ai
quanto custa o frete
queria saber se vcs abrem hj
q horas fecha
onde fica a loja
aceita pix?
cade meu pedido
nao chegou nada ainda
posso pagar no cartao
vcs fazem bolo de aniversario
tem opcao sem gluten
gostaria de reservar uma mesa
qual o valor da pizza
eu quero falar com um atendente
ta aberto agora?
tem lugar pra hj a noite
me passa o cardapio
qual a senha do wifi
vcs entregam no centro
preciso cancelar meu pedido
quanto tempo demora a entrega
tem estacionamento
pode ir com cachorro
bom dia, tudo bem com vc?
quais sao os horarios
como faço um pedido
vocês tem cafe gelado
""",
    "en": """
do you guys have pão de queijo
can u deliver tacos al pastor to my hotel
i paid twice by mistake
do you sell beer or wine
what time do u close
how much is delivery
can i book a table for 4
where r you guys located
is there parking
do you have vegan options
i want to cancel my order
my order hasnt arrived yet
r u open now
whats the wifi password
do u take cards
can i bring my dog
how much for the chocolate cake
i need to talk to someone
are you open on sunday
could you send me the menu pls
hi, what are your opening hours?
i'd like to make a reservation
where is my order
u guys deliver to the center?
""",
}
UNDECIDED = """
ok
no
gracias
pizza?
si
4512
Maria do Carmo da Silva
John Smith
Juan de los Palotes
pao de queijo
happy hour?
cold brew
take away?
black friday
apple pay
fish and chips
check in
bom dia
obrigado
thank you
thanks!
hello
oi
jaja
👍
mañana
sunday
a las 8
4 personas
The Coffee Shop
calle de la Luna 14
delivery?
all inclusive
good morning
muchas gracias
tudo bem?
ok perfecto
ok thanks
croissant
cheesecake
cafe latte
combo burger
red velvet
sim
yes
yes please
home office
late checkout
caipirinha
feijoada completa
São Paulo
tacos al pastor
New York
mi amor
love it
"""


@pytest.mark.parametrize(
    ("language", "text"),
    [(code, text) for code, texts in SENTENCES.items() for text in texts.strip().splitlines()],
)
def test_a_whole_sentence_says_its_language(language: str, text: str) -> None:
    assert clear_language(text) == language
    for spoken in ("es", "pt", "en"):
        said = language_of_turn(text, spoken, first=False, speaks=("es", "pt", "en"))
        assert said == language


@pytest.mark.parametrize("text", UNDECIDED.strip().splitlines())
def test_a_word_a_name_or_a_dish_changes_nothing(text: str) -> None:
    assert clear_language(text) is None
    for spoken in ("es", "pt", "en"):
        said = language_of_turn(text, spoken, first=False, speaks=("es", "pt", "en"))
        assert said == spoken


@pytest.mark.parametrize(("word", "language"), [("hola", "es"), ("oi", "pt"), ("hi", "en")])
def test_the_first_word_of_all_is_enough(word: str, language: str) -> None:
    for spoken in ("es", "pt", "en"):
        assert language_of_turn(word, spoken, first=True, speaks=("es", "pt", "en")) == language


def test_the_last_clear_line_of_a_burst_decides() -> None:
    burst = "hola\nwhat time do you close today?\nok"
    assert language_of_turn(burst, "es", first=False, speaks=("es", "pt", "en")) == "en"


def test_a_question_in_pieces_is_read_as_a_whole() -> None:
    burst = "vcs\ntem\npão sem gluten?"
    assert language_of_turn(burst, "es", first=False, speaks=("es", "pt", "en")) == "pt"


def test_a_character_answers_in_a_language_that_it_speaks() -> None:
    assert language_of_turn("do you sell beer?", "es", first=True, speaks=("es", "pt")) == "es"
    assert language_of_turn("ok", "es", first=False, speaks=("pt",)) == "pt"


def test_a_number_tells_what_is_spoken_where_it_is_from() -> None:
    assert language_of_phone("5511987654321", "es") == "pt"
    assert language_of_phone("+34600111222", "en") == "es"
    assert language_of_phone("447700900123", "es") == "en"
    assert language_of_phone("16505551234", "es") == "es"
    assert language_of_phone("17875550123", "en") == "es"
    assert language_of_country("BR", "es") == "pt"
    assert language_of_country("US", "es") == "es"


@pytest.mark.parametrize(
    ("text", "phone_suggests", "spoken"),
    [
        ("la consulta es gratis?", "es", "es"),
        ("la sopa tenia un pelo", "es", "es"),
        ("domingo abre?", "pt", "pt"),
        ("asesoría legal", "es", "es"),
        ("no más spam", "es", "es"),
        ("oi", "es", "pt"),
        ("price?", "es", "en"),
    ],
)
def test_a_hint_of_a_language_does_not_overrule_where_a_number_is_from(
    text: str, phone_suggests: str, spoken: str
) -> None:
    assert first_language(text, phone_suggests) == spoken  # type: ignore[arg-type]


@pytest.mark.parametrize("phone_suggests", ["es", "en"])
@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("abre dia 25 de dezembro?", "pt"),
        ("que horas abre", "pt"),
        ("lavam moto?", "pt"),
        ("funciona no feriado?", "pt"),
        ("abre el 25 de diciembre?", "es"),
        ("info por favor", "es"),
        ("lavan moto?", "es"),
        ("polarizan vidrios?", "es"),
        ("vacina antirrabica", "pt"),
        ("vacuna antirrabica", "es"),
        ("corte de pelo hombre", "es"),
        ("corte de cabelo masculino", "pt"),
        ("tem vaga?", "pt"),
        ("limpeza de pele", "pt"),
        ("any rooms left", "en"),
        ("open today?", "en"),
    ],
)
def test_first_words_that_neighbours_share_are_told_apart_by_what_they_do_not(
    text: str, phone_suggests: str, spoken: str
) -> None:
    assert first_language(text, phone_suggests) == spoken  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["delivery?", "happy hour", "hot dog"])
@pytest.mark.parametrize("phone_suggests", ["es", "pt"])
def test_what_every_language_borrows_says_nothing_of_the_first_either(
    text: str, phone_suggests: str
) -> None:
    assert first_language(text, phone_suggests) == phone_suggests  # type: ignore[arg-type]
    said = language_of_turn(text, phone_suggests, first=True, speaks=())
    assert said == phone_suggests


def test_an_and_is_no_sentence() -> None:
    assert clear_language("e carro?") is None
    assert clear_language("é longe?") == "pt"
