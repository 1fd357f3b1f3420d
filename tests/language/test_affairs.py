"""What customers tell of themselves is told from what they ask of the business."""

import pytest

from recado.language.affairs import tells_affair
from recado.language.own import Affair, affair_in, answers_affair

TOLD = """
i enrolled last week which group am i in
pagué ayer cuando me llega
me habéis pasado dos veces el recibo de este mes
mi dni es 44556677T, Raúl Sanz
el saco q me ha llegado no es el que pedí
mi perrita salio con la oreja lastimada
me he lesionado la rodilla
buenas tardes, mi gato lleva 2 días sin comer
nadie me da una solución
fui atendida ontem e o médico nem olhou na minha cara
peguei o carro ontem e o barulho continua igual
deixei o carro segunda e ninguém me ligou
my tent pole snapped the first night
the courier left my parcel in the rain
i bought a tent and the poles are too short
the zip on my jacket is bust
se ha roto la cinta y casi me caigo
package says delivered but nothing here
vocês trocaram a pastilha e o freio tá fazendo barulho
"""
ASKED = """
i need it delivered tomorrow
are you interested in a used bike
venden sushi
tienen matcha?
quiero un pastel de chocolate
algo para mi hijo de 8 años
puedo llevar a mi perro
me gustaria saber si venden café
mi madre tiene 70 años, paga menos?
cuanto cuesta la limpieza
también hacen masajes aquí
vocês têm estacionamento
tem pão sem glúten
do you have crampons
can i bring my own cake
what about skis
i was wondering if you have skis
"""

#: A kind of affair each: what the business can tell least of comes first.
AFFAIRS = """
state|ficou pronto meu carro?
state|quisiera saber si ya puedo ir por mi saco
state|les llegó mi pago?
state|q paso con la tarta q iba a recoger mi hermano?
told|se os olvido poner el nombre de la niña en la tarta
state|y mi clase de spinning de hoy sigue en pie?
act|cambiadme a la cuota de mañanas porfa
told|pole arrived snapped, can u swap it
has|ando en camino pero hay trafico, llego 15 min tarde
state|pague el abono por nequi, si les cayo?
state|falta una semana, como va lo mio?
state|qria saber se a dra ja viu meus exames
appointment|meu filho tem consulta hj e ta com febre, levo mesmo assim?
told|mi novio me regalo un bono pero no encuentro el codigo
told|ur guy picked up the car and scratched it himself, im not paying
state|cuantos puntos tengo en el club
state|how many classes do i have left
state|queria mais uma toalha no 204
state|its about my invoice it says 220
charged|dice 220 pero deberia ser 180
act|can i switch from evenings to saturdays?
has|no alcance a llegar a mi cita de hoy, perdon
state|me confirma si quedo agendada la vacuna de luna
state|oi minha consulta de amanha ta confirmada?
state|how long will my phone take
due|when does my tenancy end again?
lost|les deje el carne de vacunas de bruno ahi en recepcion
state|quanto ficou o serviço do meu corsa?
state|hola me pasas con fer
state|returned boots 2 weeks ago, no money yet
appointment|a q hora tengo cita mañana?
appointment|minha consulta é q horas mesmo?
due|quando sai o resultado do meu exame
charged|la chica me cobró 2 cafés y solo tomé uno
act|me mueves mi cita pal jueves
act|could you hold the blue trek for me till friday
act|puse mal la hora del pedido
lost|dejé una camiseta en la habitacion 4
told|se rompio la cremallera
told|el perro quedo rengo despues de la inyeccion
told|los cruasanes estaban durisimos
told|the logo's off centre
told|a luz do painel acendeu de novo
has|tenemos reserva
asked|can you rush my order?
"""
#: They ask of the business, or of what would be.
GENERAL = """
que pasa si llego tarde
cuantos puntos tengo que juntar?
how many points do i need?
do you deliver from monday to friday?
que tengo que llevar a mi cita
a que hora puedo dejar mi auto?
donde dejo mi bici?
what time can i drop off my dog?
how long does it take to fix my phone
quanto tempo leva pra consertar meu celular
hacen reservas?
do you repair zippers?
qual o prazo de garantia?
si compro hoy, cuándo llega mi pedido?
me guardan la mesa si llego tarde?
can i have my latte with almond milk
el desayuno a que hora es?
me mandas la ubi porfa
y si no prende me cobran igual?
cuánto cuesta cambiar una cremallera
puedo llevar a mi perro?
"""


@pytest.mark.parametrize("line", AFFAIRS.strip().splitlines())
def test_what_is_said_of_one_s_own_is_known_by_its_kind(line: str) -> None:
    kind, text = line.split("|")
    found = affair_in(text)
    assert found is not None
    assert found.affair is Affair(kind)


@pytest.mark.parametrize("text", GENERAL.strip().splitlines())
def test_what_is_asked_of_everybody_is_nobody_s_own(text: str) -> None:
    assert affair_in(text) is None


@pytest.mark.parametrize(
    ("asked", "passage", "answers"),
    [
        ("ficou pronto meu carro?", "O carro pronto pode ficar três dias no pátio.", False),
        ("ya salió mi pedido?", "Seguimiento\nSigue tu pedido en tienda.example", True),
        ("quando sai o resultado do meu exame", "Os resultados ficam prontos em 3 dias.", True),
        ("puedo cambiar mi cita?", "Trabajamos con cita, de martes a sábado.", False),
        ("puedo cambiar mi cita?", "Puedes mover tu cita hasta un día antes.", True),
        ("dejé un jersey en la habitación", "Habitación doble 55 €, con baño 65 €.", False),
        ("dejé un jersey en la habitación", "Objetos olvidados: los guardamos.", True),
        ("a que hora es mi cita?", "Dinos el día y la hora de tu cita.", False),
        ("la herida se le abrió", "Castración: gata $ 3.500, perra $ 5.000.", False),
        ("le cortaron una oreja al perro", "Baño y corte se hacen de lunes a sábado.", False),
        ("tienen parking?", "Tenemos parking vigilado.", True),
    ],
)
def test_a_passage_answers_an_affair_only_if_it_is_of_exactly_that(
    asked: str, passage: str, answers: bool
) -> None:
    assert answers_affair(asked, passage, "es") is answers


@pytest.mark.parametrize("text", TOLD.strip().splitlines())
def test_what_happened_to_somebody_is_their_own_affair(text: str) -> None:
    assert tells_affair(text)


@pytest.mark.parametrize("text", ASKED.strip().splitlines())
def test_what_is_asked_of_the_business_is_not(text: str) -> None:
    assert not tells_affair(text)
