"""What different words name is one thing; what only sounds alike is not."""

import pytest

from recado.language.lexicon import read_sections
from recado.language.reading import words
from recado.language.terms import things_in


def named(text: str, language: str) -> set[str]:
    found = things_in(words(text), language)  # type: ignore[arg-type]
    return {thing for match in found for thing in match.value}


SAME = """
es parqueadero|es estacionamiento|es donde dejo el carro|pt estacionamento|en car park|es cochera
es hoja de vida|es currículum|es están contratando?|pt currículo|en hiring|es tienen vacantes
es playeras|es remeras|es camiseta|pt camisetas|en t-shirts
es palta|es aguacates|pt abacate|en avocado
es cacahuates|es maní|pt amendoim|en peanuts
es gaseosas|es refresco|pt refri|en soft drinks
es heladera|es nevera|es refrigeradores|pt geladeira|en fridge
es llantas|es neumáticos|pt pneus|en tyres
es sin tacc|es soy celíaca|pt sem glúten|en gluten-free
es obra social|es eps|pt convênio|en insurance
es canilla|es grifos|pt torneira|en faucet
es al por mayor|es mayoreo|pt atacado|en wholesale
es alquilan|es renta|pt aluguel|en rental|en how much is it to hire a tent
es hay que dejar seña?|es anticipo|pt sinal|en down payment
es clase de prueba|es la primera vez es gratis?|pt aula experimental|en free trial
es de origen animal|pt vegana|en plant based
es me dejé el paraguas|pt perdi minha carteira|en i left my scarf
"""
OTHERS = """
es medios de pago|socks
es compras mayores a 500|wholesale
es gato|dog
en where is my dress|dog
pt vendem remédios|sick note
en when do you hire people|rent
"""


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_words_for_one_thing_are_one(line: str) -> None:
    things = [named(said.partition(" ")[2], said.partition(" ")[0]) for said in line.split("|")]
    assert set.intersection(*things)


@pytest.mark.parametrize("line", OTHERS.strip().splitlines())
def test_words_that_only_sound_alike_are_two(line: str) -> None:
    said, _, thing = line.partition("|")
    assert thing not in named(said.partition(" ")[2], said.partition(" ")[0])


def test_every_thing_is_named_in_all_languages() -> None:
    languages: dict[str, set[str]] = {}
    for section, phrases in read_sections("synonyms"):
        name, _, code = section.rpartition(" ")
        assert phrases
        languages.setdefault(name, set()).add(code)
    assert all(codes == {"es", "pt", "en"} for codes in languages.values())
