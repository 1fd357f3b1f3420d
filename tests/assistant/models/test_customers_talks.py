"""How customers type on phones, in talks with four businesses: no accents, slang, short forms,
two questions in one, another language than the texts'."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import EmbeddedModel
from recado.assistant.port import ContextMessage, Persona, Question

ZONE = "America/Bogota"
SUNDAY = datetime.fromisoformat("2026-11-29 12:00").replace(tzinfo=ZoneInfo(ZONE)).timestamp()
BUSINESSES = Path(__file__).parent / "businesses"
UNSURE = "?"

#: A talk ("|" between messages, es unless it begins with a language), and after the arrow what the
#: last reply says; "≠": and does not say; "?": that it is not known.
RESTAURANT = """
a q hora abren el martes → 12:00
q hora cierran hoy → domingos de 12:00 a 17:00
abren hj? → domingos
abren mñn → los lunes cerramos
abren tb los sabados? → sábados de 12:00 a 23:00
mañana lunes atienden? → los lunes cerramos
abren hoy que es festivo? → Los demás festivos ≠ nada anotado
el lunes festivo abren? → Los demás festivos
abren el 24? | el 25? → El 25 de diciembre
abren el 25 de diciembre | y el 1 de enero? → no abrimos
atienden el primero de enero → no abrimos
abren el 8 de diciembre → 8 de diciembre no tengo nada
no abren los lunes? → Los lunes cerramos
el sabado y el domingo abren? → Los sábados de 12:00 a 23:00
hay menu del dia hoy? → no hay menú
hay menu del dia hoy? | y mañana → es de otros días
hay menu del dia hoy? | y mañana | y el martes? → $ 22.000
cuanto vale la bandeja paisa | y el churrasco? → 46.000
cuanto mas cuesta el churrasco q la bandeja → 46.000
cuanto mas cuesta el churrasco q la bandeja → 38.000
cuanto vale el brownie | y es vegano? → El brownie y el flan llevan
que platos vegetarianos hay | el brownie lleva huevo? → El brownie y el flan llevan ≠ risotto
tienen domicilios? | y cuanto cuesta? → 6.000 ≠ Envigado
me puede dar la carta → ≠ Carta La Parra 2026
donde puedo dejar el carro → parqueadero
tienen estacionamiento o parking? → parqueadero
puedo ir con mi perrito? → con tu perro
tienen vacantes → hoja de vida
quiero trabajar ahi, a donde mando el cv → hoja de vida
me cobran si reservo? → No cobramos
a q hora abren y aceptan nequi → Nequi
venden sushi? → ?
cuanto es todo → ? ≠ $ 2
cual es el plato mas caro → ? ≠ $ 2
muy rico todo, gracias → ≠ No tengo
todo llego super rapido, gracias → ≠ información
pt vocês têm estacionamento? → Só tenho isso em espanhol
pt quero saber se entregam em Envigado → Envigado
pt quanto custa o churrasco? → 46.000
en do you deliver to Envigado? → I only have this in Spanish
en what time do you open tomorrow? → Tomorrow is Monday. I only have this in Spanish
en do you have karaoke → ? ≠ postres
"""
HARDWARE = """
cuanto sale el taladro → 89.900
tenes taladros y martillos? → 15.300
precio del cable x metro y del caño → 18.700
cuanto sale un grifo de cocina → 33.400
cuanto valen los focos led → 2.100
tienen cochera → estacionamiento en la playa
hacen envios los domingos? → de lunes a sábado
hacen duplicado de llaves? → copias de llaves
alquilan andamios? → andamios
rentan andamios → andamios
como hago un cambio → 15 días
cambian pintura preparada? → No cambiamos pintura
hay 3 cuotas → 3 cuotas
tienen lista de precios? → ≠ noviembre 2026 Ferretería
aceptan dolares? → ?
tienen caño de 63? → ? ≠ 18.700
tenes mecha de 45 mm → ?
cual es el taladro mas barato → ? ≠ 89.900
cuanto te debo → ?
en how much is the drill? → 89.900
pt quanto custa a furadeira? → 89.900
pt vocês fazem cópia de chave? → copias de llaves
"""
CLINIC = """
cuanto cuesta la limpieza | y los frenos? → 18,000
cuanto cobran el blanqueamiento y la limpieza → 3,500
cuanto cobran el blanqueamiento y la limpieza → $800
la consulta es gratis? → primera consulta es gratis
trabajan los domingos? → no atendemos
trabajan los domingos? | y los sabados → 9:00 a 14:00
atienden niños de 2 años? → desde los 3 años
puedo pagar a meses? → Meses sin intereses
aceptan seguro → Trabajamos con GNP
hacen implantes? → ?
cuanto cuesta una muela → ≠ $800
en how much is teeth cleaning? → $800
en do you see kids? → niños desde los 3
en do you accept insurance? → GNP
en how much are braces → 18,000
pt quanto custa o clareamento? → 3,500
pt atendem crianças? → niños
"""
SHOP = """
cuanto tarda el envio y cuanto cuesta → $99
hacen envios gratis? → $999
quiero devolver el bolso → 30 días
el pantalon me quedo chico → 30 días
tienen algun cupon → HOLA10
que descuento hay por mayoreo → 25%
puedo pagar contra entrega → No hay pago contra entrega
venden zapatos de niño? → ?
en do you have a discount code? → HOLA10
en how much is the dress? → $890
en what's the return policy → 30 días
en do you have wholesale prices → ≠ $99
pt vocês vendem no atacado? → 25%
pt qual o prazo de entrega? → 3 a 5 días
"""
BAKERY = """
pt vc abre hj? → domingos e feriados
pt tb entregam? → R$ 6,00
pt fecham que horas no feriado? → 13h
pt precisam de gente pra trabalhar? → currículo
pt tem pão sem glúten hoje? → terças e quintas
pt abrem no natal? → 25 de dezembro não
cuanto cuesta el pan de queso → Solo lo tengo en portugués
tienen pan sin gluten? → sem glúten
en is the banana cake vegan? → vegano
en do you have parking? → estacionamento
"""


@pytest.mark.parametrize(
    ("business", "talks"),
    [
        ("restaurant", RESTAURANT),
        ("hardware", HARDWARE),
        ("clinic", CLINIC),
        ("shop", SHOP),
        ("bakery", BAKERY),
    ],
)
async def test_what_customers_type_is_understood(
    knowledge: KnowledgeBase, business: str, talks: str
) -> None:
    async for learnt in knowledge.add_paths([BUSINESSES / business]):
        assert not learnt.problem
    model = EmbeddedModel(knowledge, clock=lambda: SUNDAY)
    wrong = []
    for line in talks.strip().splitlines():
        talk, _, expected = line.partition("→")
        told, _, not_told = (part.strip() for part in expected.partition("≠"))
        reply, known = await _last_reply(model, talk.strip())
        right = not known if told == UNSURE else told in reply
        if not right or (not_told and not_told in reply):
            wrong.append(f"{talk}→ {reply}")
    assert not wrong


async def _last_reply(model: EmbeddedModel, talk: str) -> tuple[str, bool]:
    language, _, rest = talk.partition(" ")
    if language not in {"pt", "en"}:
        language, rest = "es", talk
    history: list[ContextMessage] = []
    for words in rest.split(" | "):
        persona = Persona(id="p", name="Sol", prompt="Eres Sol.", time_zone=ZONE)
        answer = await model.answer(Question(persona, words, language, history))
        history.append(ContextMessage("user", words, SUNDAY))
        history.append(ContextMessage("assistant", answer.text, SUNDAY))
    return answer.text, answer.known
