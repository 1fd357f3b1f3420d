"""An insult is anger, however it is spelled, and an innocent word is none."""

import pytest

from recado.escalation.reasons import score_escalation
from recado.language.analysis import analyze_sentiment
from recado.language.insults import has_insult, unmask
from recado.language.lexicon import read_sections

DISGUISED = """
mierda|m1erda|mieerda|MIERDAA|m i e r d a|m.i.e.r.d.a|m-i-e-r-d-a|*mierda*|mierd*|m****a|MI3RD4
p*ta|put@s|p u t a|puta madre|hijueputa|jueputa|hdp|h.d.p.|H D P|hijo de put4|hijos de p*ta
gonorrea|pendejo|p3ndej0s|malparidos|gilipollas|j0der|carajo ya respondan|idiotas|idi0tas
inútiles|i n ú t i l e s|imb3cil|estúpidos|son una manga de pelotudos|vete a la v3rga|weon culiao
caralho|c@ralho|krl|porra|p0rra|p o r r a|vsf|fdp|vtnc|pqp que atendimento|merda|mérda|m e r d a
filho da puta|filhodaputa|vai se foder|otários|arr0mbado|desgraçados|b o s t a
fuck|f*ck|f**k you|fck|fvck|fuuuck|f u c k|FUCKING useless|wtf|shit|sh1t|sh!t|sh*t|asshole
vão se fud3r|bola de pendejxs|vayanse a la vrg|ptqp que demora|hijosdelachingada|quemierda
s0n un@s l@dr0nes|andate a la c*ncha|fucc you|jodanse|c a r a l h o
son of a b1tch|vai se ferrar|vai tomar no c*|pinches rateros|vão tomar no cu|vai pro inferno
seus palhaços|que os den por culo|sois unos sinvergüenzas|la concha de tu herman@|andá a cagar
h1jo de perra|mal p@rid0s|vayan a ching@r a su madre|no sean tan g0norreas|bunch of cr00ks
screw you guys|p1ss off|go f*** yourself|kiss my a$$|lying sc*m|maldita sea contesten|careverga
a$$hole|assh0le|b!tch|biiitch|stup1d|bast@rds|bullsh1t
"""
INNOCENT = """
computadora|disputa|reputación|Scunthorpe|putamen|assado|classe|shitake|porraço|cono de helado
diputado|imputado|computar|cumplir|concha de chocolate|la perra de mi vecina|HP 1020|shell|class
assistant|bass|document|cocktail|Essex|analysis|pussycat|matsushita|pasta|porta|Punta Arenas
Pta. Arenas|caralluma|S.A.|p.m.|c/u|x2|5 stars|1,50|horario 9-18|talla s/m/l|modelo f-150|r2d2|h2o
mi e-mail es a@b.com|foto.jpg|m***|*negrita*|_cursiva_|~tachado~|i m p o r t a n t e|mercadería
notario|propietario público
pinche aquí|me atienden son animales|vai tomar no balcão|vai pro centro|vaya a la tienda|go to bed
vete a la caja|payasos para fiestas|concha de chocolate de la casa|bunch of flowers|kiss my baby
merluza|pista|puré|porro|perú|bosque|fukushima|focus|shirt|shift|sheet|beach|a e i o u|y o u
"""


def each(texts: str) -> list[str]:
    return [text for line in texts.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", each(DISGUISED))
def test_an_insult_in_any_spelling_is_anger_and_goes_to_a_person(text: str) -> None:
    assert analyze_sentiment(text).scores["negative"] > 0.8
    assert score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("text", each(INNOCENT))
def test_an_innocent_word_is_no_insult(text: str) -> None:
    assert not has_insult(text)
    assert unmask(text) == text
    assert not score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("name", ["concepts", "intents", "language", "sentences", "stopwords"])
def test_the_words_of_every_day_hold_no_insult(name: str) -> None:
    everyday = [word for _, entries in read_sections(name) for word in entries]
    assert [word for word in everyday if has_insult(word)] in ([], ["wtf"])


def test_the_rest_of_the_text_stays_as_it_is() -> None:
    assert unmask("Qué m1erda, ¡2 x 1!  Ñandú ❤️") == "Qué mierda, ¡2 x 1!  Ñandú ❤️"


def test_praise_with_a_swear_word_calls_nobody() -> None:
    praise = "joder qué rico estaba todo, me encantó, el mejor servicio"
    assert not score_escalation(praise, confidence=0.9, message_count=1).escalates
