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
a shop assistant in blue|bass|document|cocktail|Essex|analysis|pussycat|matsushita|pasta|porta
Punta Arenas
Pta. Arenas|caralluma|S.A.|p.m.|c/u|x2|5 stars|1,50|horario 9-18|talla s/m/l|modelo f-150|r2d2|h2o
mi e-mail es a@b.com|foto.jpg|m***|*negrita*|_cursiva_|~tachado~|i m p o r t a n t e|mercadería
notario|propietario público
pinche aquí|me atienden son animales|vai tomar no balcão|vai pro centro|vaya a la tienda|go to bed
vete a la caja|payasos para fiestas|concha de chocolate de la casa|bunch of flowers|kiss my baby
merluza|pista|puré|porro|perú|bosque|fukushima|focus|shirt|shift|sheet|beach|a e i o u|y o u
"""
#: As customers write them who are angry: Río de la Plata, Mexico, Colombia, Chile, Venezuela,
#: Spain, Brazil, Portugal, the States, Britain, Ireland, Australia.
FROM_EVERYWHERE = """
hdrmp|fu|FU!!|pos company|mier da de servicio|vayanse al kar4jo
che son unos garcas, devuelvanme la guita|manga de inútiles, hace 3 dias q espero
lpm contesten de una vez|vayan a cagar todos|la re concha de su madre el envio
son una verguenza, hijos de re mil p|no mamen wey, ya contesten culeros
pinche servicio de mierda que tienen|chinguen a su perra madre
bola de rateros hijos de la chingada|puros pendejos trabajan ahi|q gonorreas tan hps
este hp servicio no sirve pa un culo|ome malparidos respondan|weon ql respondan la wea
conchetumaree contesten|son puros sacos de wea|mamaguevos de mierda
coño e su madre cuando entregan|me cago en vuestra puta madre|panda de gilipoyas
iros a tomar x culo|caralho vcs sao uns fdps|q empresa lixo, bando de ladrão|vão se fuderem
seus arrombado do krl|vai toma no cu porra|cambada de aldrabões, vão pó caralho
you absolute muppets, useless shower of shite|yous are a shower of gobshites|fu and your pos app
this company is run by clowns|get fucked you dog cunts|f'ing joke of a company|go f yourselves
worthless pieces of sh1t|pu7os ladrones|h i j o s d e p u t a|p.e.n.d.e.j.o.s|k mierda d atencion
pinshes rateros culeros|🖕🖕🖕|son unos 🤡|qué asco de empresa, ratas inmundas|ladrões!!!
pu\u200btos
ѕhit company|ＦＵＣＫ you|sorete respondé|andate a la puta que te parió
son todos unos ladrones y unos mentirosos|la concha bien de tu madre|forros de mierda
me tienen las bolas llenas|los odio inutiles|qué par de ineptos|esta empresa es una porquería
chupenla|atiendan pelotudos del orto|ojalá se fundan, soretes|partida de hps
careverga conteste pues|malparidaaa empresa|esa gonorrea de servicio|no joda marica ya dos horas
mk respondan hpta|vale verga su servicio|métanse su pizza por el culo|puto bot inservible
culero repartidor|hijo de su puta madre el repartidor|ni madres, rateros|estafadores de mierda
ctm qlos|maricones culiaos devuelvan la plata|ahueonaos|huevones de mierda respondan|rctmre csmr
vayan a comer mierda|coñoetumadre|maldito servicio|sois gilipollas o qué|menuda panda de inútiles
que os den|me tenéis hasta los cojones|vaya mierda de hotel|tontos del culo|cabronazos
pariu q demora seus fdp|seu bando de vagabundo|lixo de empresa|vai pra pqp|vtnc bando de ladrao
atendente burra do caralho|seus merda|otarios do krlh|que bosta de app|fdp do entregador
enfia essa pizza no cu|cabrões do caralho|és um filho da puta|vão-se foder
vão para o raio que vos parta|suas vacas|what the fuck is wrong with you|bunch of wankers
useless bellends|rot in hell|you're all a joke and a scam|piece of crap service
your driver is a prick|your staff are thick as pig shit|bloody useless lot|you dumb f***s
lazy ass company|kiss my ass|screw this company|stupid bot|you are the worst scum|pack of liars
fkin idiots|shove your pizza up your arse|d1ckheads|a$$holes|f.u.c.k you|fuuuuuck offff
sh!tty service|azzholes|m13rd4 d3 s3rv1c10|p u t o s|pta madre contesten|hdpta|hijoeputas
hijos d puta|ijos de puta
"""
#: Dishes, animals, names, places, trades and tools; and what people say of themselves.
MEANT_AS_THEY_ARE = """
hola, mi perra tuvo cachorros, hacen control?|mi perro es un animal muy bueno
venden pechuga de pollo y rabo de toro?|se busca pinche de cocina
hay que coger el autobús para llegar?|tienen conchas y cuernos de chocolate?
habitacion a nombre de Luis Cabrón García|la dirección es calle Burro 14|polla ranchera con arepa
quiero un cu de bacalhau|vocês fazem carne de veado?|qual o preço da galinha caipira
a bicha para o talho é grande?|do you serve cock-a-leekie?|is Penistone far from you
my bitch had puppies|do you have jerk chicken|are dogs allowed?|we sell kung fu classes
does your POS terminal take amex|soy un idiota, mandé mal la dirección
i'm an idiot, i ordered the wrong size|sorry for the stupid question
que burra eu sou, errei o endereço|churros con porras|isso é uma piada? kkk
el payaso para la fiesta llega a las 5?|alarma contra ladrones|veneno para ratas
holy shit that was good|el repartidor se robó? no, todo bien|un burro de planchar
tengo dos vacas y un cerdo|llevan sacos de basura?|caminhão de lixo passa que horas
the trash can is broken|power tools for hire|mi hijo es muy vago para comer|vaga de garagem
tem vagas?|ass burger|Dick Smith here, order 22|carajillo por favor|huevos rancheros tienen?
tienen huevos de codorniz?|la concha acústica queda cerca?|forros para cuadernos
el perro de mi vecino ladra|tienen comida para ratas y hamsters?
la rata de biblioteca es mi libro favorito|quiero el disfraz de payaso talla M
tienen la película Los Miserables|venden queso de cabra|se puede ir con perros?
son un perro y dos gatos|somos unos animales en la cancha jaja
mi hija quiere un cerdito de peluche|hacen lomo de cerdo?|zorra de peluche
el mono de trabajo azul talla L|necesito una mula de carga|qué tal el asno de andalucia
clases de mamá y bebé|es una pija de departamento|bolsa de basura negra x10
quiero reportar basura en la calle|ladron de luz triple|punta carajo? no se donde queda
calle La Concha 20|cojo el metro y llego|un pedazo de torta|pedazo de cerdo asado|cara de póker
el cagón de mi bebé usa pañal talla 3|tem ração pra cachorro e gato?|meu cachorro comeu chocolate
quanto custa a galinhada|a vaca atolada está no cardápio?|quero um x-burguer com bacon
vende rato pra cobra?|bicho de pelúcia|porco no rolete|um saco de lixo de 50l|cacetinho quentinho
rua do Burro 30|nome: Paulo Porto Bosta|pau de selfie|pica-pau brinquedo|rola de linha
consolo de gesso|cortador de pica-pau|ass kicker hot sauce|the cock bull pub
dick's sporting goods near you?|my name is Dick Cox|pig roast for 20 people|snake plant price
do you have tool boxes|muppets tickets|two bloody marys|fag packet|hooker furniture|sucking candy
master bates bakery|crap shoot game table|screw driver set|screws for wood|bunch of roses
is the pool dirty?|you guys are cheap, great!
"""
PRAISE = """
joder qué rico estaba todo, me encantó, el mejor servicio
damn this is good|puta que pariu que comida boa|joder qué rico|fucking amazing pizza!!
que hijos de puta qué rica estaba, me encantó|caralho que delícia!
no mames qué rico todo, excelente|joder qué rico|fucking amazing pizza!!
puta que pariu que comida boa
"""


def each(texts: str) -> list[str]:
    return [text for line in texts.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", each(DISGUISED) + each(FROM_EVERYWHERE))
def test_an_insult_in_any_spelling_is_anger_and_goes_to_a_person(text: str) -> None:
    assert analyze_sentiment(text).scores["negative"] > 0.8
    assert score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("text", each(INNOCENT))
def test_an_innocent_word_is_no_insult(text: str) -> None:
    assert not has_insult(text)
    assert unmask(text) == text
    assert not score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize("name", ["concepts", "language", "sentences", "stopwords", "synonyms"])
def test_the_words_of_every_day_hold_no_insult(name: str) -> None:
    everyday = {word for _, entries in read_sections(name) for word in entries if word.isalpha()}
    assert [word for word in everyday - {"wtf"} if has_insult(word)] == []


@pytest.mark.parametrize("text", each(MEANT_AS_THEY_ARE))
def test_a_word_that_insults_elsewhere_is_taken_as_it_is_meant(text: str) -> None:
    assert not has_insult(text)
    assert not score_escalation(text, confidence=0.9, message_count=1).escalates


@pytest.mark.parametrize(
    "text", ["no son unos ladrones", "you are not thieves", "vocês não são uns burros"]
)
def test_who_says_that_somebody_is_none_insults_nobody(text: str) -> None:
    assert not has_insult(text)


def test_an_insult_at_the_end_of_a_long_message_is_read() -> None:
    told = "Les escribo otra vez porque nadie me da una respuesta sobre el envío. " * 80
    assert has_insult(f"{told} m1erda")


def test_the_rest_of_the_text_stays_as_it_is() -> None:
    assert unmask("Qué m1erda, ¡2 x 1!  Ñandú ❤️") == "Qué mierda, ¡2 x 1!  Ñandú ❤️"


@pytest.mark.parametrize("praise", each(PRAISE))
def test_praise_with_a_swear_word_calls_nobody(praise: str) -> None:
    assert not score_escalation(praise, confidence=0.9, message_count=1).escalates
