"""Each way of hiding a swear word, with words that look as if they did."""

import pytest

from recado.escalation.reasons import score_escalation
from recado.language.insults import has_insult
from recado.language.spoken import first_language, language_of_turn

#: One line a kind: stars, signs as letters, drawn letters, an emoji in a word's middle, letters
#: apart, words cut and joined, "d" and "q" for words, doubled letters, endings, abbreviations.
ANGRY = """
ving*** ratas|vayan a comer m*****|sos un for*o|gilipoll€ces|cabr◯nes|c⭕ncha de su madre
q manga d inutiles|la c0ncha d su madre|sos re forr@|severo hp el que me atendió|cambada de fdp's
🅿️🆄🆃🅾️🆂|🆂🅷🅸🆃|🇫🇺🇨🇰 you|m1️⃣erda|ⓟⓤⓣⓞⓢ|🅜🅘🅔🅡🅓🅐|fu🤬k you|f🔥ck you|filhos da 🐕
fu<k this|caralh@ que demora|vai tomar n0 cu|malpari2|clownzz thieves liars|bando de fi lho da pu ta
gilipollaz0|put1t0s|f4ck you|a-holes|f'n liars|care chimb@s|chup@ la wea|a cag@r todos|what a b*tch
la zorra d tu madre|m@ricas atiendan|cornos do krl|bunch of thi3ves|dumba$$|son una g0n0
"""
CALM = """
código: VSF-2231|ref. PTM-0045|protocolo HDP-2|método PUT o POST|ticket SHT-9912
Galaxy S3|vitamina d3
el pedido ABC***|usuario: pep***|clave: abc***|precio*** con IVA|tel: 55****12|visa ****4242
🇦🇷🇲🇽🇵🇹|1️⃣2️⃣3️⃣|🅿️ parking?|⭕ completado|usuario ana_puta23|mail: idiota77@gmail.com
la película se llama Bastardos sin Gloria, ¿la tienen?|camiseta con la frase "hijo de puta"
¿tienen la salsa "La Puta Madre"?|do you have the movie "Inglourious Basterds"?
¿me pasan el correo del señor Otario Silva?|el libro Hijos de la Chingada ¿lo tienen?
perdón, qué idiota, me equivoqué de número|¿hay clase de payasos para chicos?|bastard file 8 inch
estúpidamente feliz con el resultado|está cabrón el tráfico, llego en 10|chile cabrón, salsa picante
meu cachorro é um vagabundo fofo, tem ração?|the toilet is full of crap|faggots and peas
that burger was fucking amazing|holy shit that was quick, thanks!|tarado automático de balanza
"""
#: Conversations: each message with the language in which it is answered.
TALKS = """
en: dog grooming? | en: how much | en: friday | es: y cuánto cuesta el corte?
en: oil change price | en: 2015 Honda | es: cuando puedo ir?
es: hola, tienen dog grooming? | es: y el shampoo anti-frizz? | es: room service
es: a que horas abre | es: a São Paulo | es: American Express? | pt: podemos falar em português?
pt: oi | pt: happy hour | pt: sin hielo | es: hola? me pueden responder?
en: Hello! Are you open today? | en: ok perfecto | en: a las 8? | es: reservo para el domingo
en: Do you have churros and dulce de leche? | en: con chocolate | es: sin cebolla por favor
es: me salió este mensaje: your order could not be processed | es: where
es: vi que el flyer dice "Buy one get one free", sigue la promo? | es: The Number of the Beast
en: the sign says "cerrado por vacaciones", are you open? | en: Avenida de Mayo 500
en: I don't understand | en: qué? | es: no hablo inglés
pt: roupa masculina | pt: tamanho M | pt: gracias | es: el producto llegó roto
es: qué hacen ustedes? | es: legal | es: manda el catálogo
"""


def each(lists: str) -> list[str]:
    return [text for line in lists.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", each(ANGRY))
def test_an_insult_hidden_in_any_of_these_ways_goes_to_a_person(text: str) -> None:
    assert has_insult(text)
    assert score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("text", each(CALM))
def test_numbers_names_titles_and_addresses_hide_no_insult(text: str) -> None:
    assert not has_insult(text)
    assert not score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("talk", TALKS.strip().splitlines())
def test_a_conversation_keeps_its_language_until_a_sentence_says_otherwise(talk: str) -> None:
    said = [message.strip().split(": ", 1) for message in talk.split(" | ")]
    spoken = first_language(said[0][1], "pt" if said[0][0] == "pt" else "es")
    for at, (expected, text) in enumerate(said):
        spoken = language_of_turn(text, spoken, first=at == 0, speaks=())
        assert (text, spoken) == (text, expected)
