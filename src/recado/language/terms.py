"""What a text is about, as search terms: stems and language-independent concepts.

Knowledge is indexed with ``search_text`` and looked for with ``terms``. Stems find the
same word in another form; concepts such as ``#hours`` find the same matter in other words
or another language, so "what time do you open" finds "horario de atención".

Things are what different words name: "parqueadero", "estacionamento" and "parking" are one. The
sets are in ``data/synonyms.txt``. Unlike a concept, which is a whole matter, a thing is as much as
the word for it: it stands for the word in a search, and says nothing about an intent.

Details are what an order or a reservation needs: when, for how many, under which name. Each kind
counts once, in one pass of a linear pattern over folded text. A text that is nothing but details
answers what was asked for, or goes on with a wish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple, Protocol

from recado.language.detection import LANGUAGES, LanguageCode
from recado.language.lexicon import Match, PhraseMatcher, read_sections
from recado.language.reading import fold, fold_word, words

_STEMMER_NAMES: dict[LanguageCode, str] = {"es": "spanish", "pt": "portuguese", "en": "english"}
_stemming = Lock()  # a Snowball stemmer keeps the word it works on in itself


class Concept(NamedTuple):
    """A matter customers talk about; ``strength`` is "strong", "weak" or "hint"."""

    name: str
    strength: str


@cache
def _stop_words(language: LanguageCode) -> frozenset[str]:
    return frozenset(fold_word(word) for word in dict(read_sections("stopwords"))[language])


@cache
def _shorthand(language: LanguageCode) -> dict[str, tuple[str, ...]]:
    entries = (entry.split("=") for entry in dict(read_sections("shorthand"))[language])
    return {fold_word(short): words(written) for short, written in entries}


def concept_patterns() -> Iterator[tuple[str, Concept]]:
    """Every pattern of ``data/concepts.txt`` with the concept it stands for."""
    for section, patterns in read_sections("concepts"):
        name, _, strength = section.partition(" ")
        for pattern in patterns:
            yield pattern, Concept(name, strength or "strong")


@cache
def _concepts() -> PhraseMatcher[Concept]:
    return PhraseMatcher(concept_patterns())


class _Stemmer(Protocol):
    def stemWord(self, word: str, /) -> str: ...  # noqa: N802 - the library's name


@cache
def _stemmer(language: LanguageCode) -> _Stemmer:
    # Imported late: the package loads the stemmers of thirty languages at once.
    import snowballstemmer

    stemmer: _Stemmer = snowballstemmer.stemmer(_STEMMER_NAMES[language])
    return stemmer


@lru_cache(maxsize=16384)
def _stem(word: str, language: LanguageCode) -> str:
    if language == "pt":  # the one ending that the stemmer knows by its accents only
        word = word.removesuffix("cao") + "ção" if word.endswith("cao") else word
        word = word.removesuffix("coes") + "ções" if word.endswith("coes") else word
    with _stemming:
        return fold_word(_stemmer(language).stemWord(word))


def spelled_out(text: str, language: LanguageCode) -> list[str]:
    """The folded words of a text with chat shorthand written out ("vc" → "voce")."""
    shorthand = _shorthand(language)
    spelled: list[str] = []
    for word in words(text):
        spelled.extend(shorthand.get(word, (word,)))
    return spelled


def concepts(text: str, language: LanguageCode) -> list[Concept]:
    """The business matters that a text speaks of, in the order they appear."""
    return [match.value for match in _concepts().find(spelled_out(text, language))]


def terms(text: str, language: LanguageCode, *, with_concepts: bool = True) -> list[str]:
    """The content words of ``text`` as stems, then its concepts as ``#name``.

    Stop words are dropped and accents folded. A stem is repeated as often as its word,
    because that matters to a ranking; a concept comes once. Without ``with_concepts`` only
    the stems come back.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}; known are {', '.join(LANGUAGES)}")
    spelled = spelled_out(text, language)
    ignored = _stop_words(language)
    found = [
        _stem(word, language)
        for word in spelled
        if word not in ignored and (len(word) > 1 or word.isdigit())
    ]
    if with_concepts:
        named = (match.value for match in _concepts().find(spelled))
        found += dict.fromkeys(f"#{name}" for name, strength in named if strength != "hint")
    return found


def search_text(text: str, language: LanguageCode) -> str:
    """The terms of ``text`` joined by spaces, ready for a full-text index.

    SQLite's and PostgreSQL's tokenisers drop the ``#``; that is harmless as long as index
    and query are both built here.
    """
    return " ".join(terms(text, language))


_SHORT = 4
_PLURAL = {
    "es": re.compile(r"(?<=[aeiou][rlndjzy])es$|(?<=\w\w[^s])s$"),
    "pt": re.compile(r"oes$|ais$|eis$|(?<=[aeiou][rz])es$|(?<=\w\w[^s])s$"),
    "en": re.compile(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<=\w\w[^s])s$"),
}
_SINGULAR = {"oes": "ao", "ais": "al", "eis": "el"}
#: What a text names: the things, each as one word, that a phrase stands for.
Things = tuple[str, ...]


@lru_cache(maxsize=8192)
def _one(word: str, language: LanguageCode) -> str:
    """A folded word in the singular. A stem says too little here: that of "medias" is that of
    "medios", that of "mayorista" that of "mayor"."""
    if language == "en" and word.endswith("ies") and len(word) > _SHORT:
        return word[:-3] + "y"
    if ending := _PLURAL[language].search(word):
        return word[: ending.start()] + _SINGULAR.get(ending[0], "")
    return word


def synonym_words(language: LanguageCode | None = None) -> Iterator[str]:
    """Every word of the sets in a language; None: in all of them."""
    for section, phrases in read_sections("synonyms"):
        if language in (None, section.rpartition(" ")[2]):
            for phrase in phrases:
                yield from words(phrase)


@cache
def _matcher(language: LanguageCode) -> PhraseMatcher[Things]:
    named: dict[str, dict[str, None]] = {}
    for section, phrases in read_sections("synonyms"):
        name, _, code = section.rpartition(" ")
        if code == language:
            for phrase in phrases:
                key = " ".join(_one(word, language) for word in words(phrase))
                named.setdefault(key, {})["".join(words(name))] = None
    return PhraseMatcher((key, tuple(things)) for key, things in named.items())


def things_in(plain: Sequence[str], language: LanguageCode) -> list[Match[Things]]:
    """The things that folded words name, each with the words that do."""
    return _matcher(language).find([_one(word, language) for word in plain])


_MONTH = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre"
    "|diciembre|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
)
_FEW = (
    "dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|dois|duas|quatro|sete|oito|nove|dez"
    "|two|three|four|five|six|seven|eight|nine|ten|twelve"
)
_PEOPLE = (
    "personas|persona|pessoas|pessoa|people|persons|guests|pax|comensales|invitados|adultos"
    "|adultas|ninos|ninas|criancas|kids|adults|plazas|lugares|puestos|cupos|sitios|asientos|vagas"
    "|entradas|boletos|ingressos|seats|spots|places|tickets|spaces"
)
_UNITS = (
    "euros?|eur|pesos?|reais|dolares|dollars?|usd|km|kms|min|mins|minutos?|minutes?|horas?|hours?"
    "|hs|hrs?|dias?|days?|semanas?|weeks?|mes|meses|months?|anos|years?|am|pm|h|a|de|o|y|e|or|and"
    "|veces|vezes|times|por|per|cm|mm|gb|x|g|gr|grs|gramos|gramas|grams|kg|kilos?|ml|litros?|l|mil"
)
_PART_OF_DAY = (
    r"(?:por|de|en|a) la (?:manana|tarde|noche)|(?:de|da|pela|a) (?:manha|tarde|noite)"
    r"|(?<!good )(?:morning|afternoon|evening)"
)
_KINDS: dict[str, str] = {
    "day": (
        r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta"
        r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|hoy|hoje|today|tonight"
        rf"|{_PART_OF_DAY}"
        r"|(?<!la )manana|amanha|tomorrow|pasado manana|depois de amanha"
        rf"|\d{{1,2}} ?(?:de |of |do )?(?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?"
        r"|(?:on|this|next) (?:mon|tues?|weds?|thurs?|thu|fri|sat|sun)|finde|fin de semana"
        r"|fim de semana|fds|weekend|tmrw?|hj"
        r"|proxima semana|semana proxima|(?:semana|mes) (?:que|q) (?:viene|vem)|next week"
        r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?|(?:el|dia|del|the) \d{1,2}(?:st|nd|rd|th)?(?! ?[:h\d])"
    ),
    "time": (
        r"\d{1,2}[:.h]\d{2}|\d{1,2} ?(?:hs?|hrs|am|pm|a\.m|p\.m|horas)"
        r"|(?:a la|a las|as|at|las|tipo) \d{1,2}(?![\d%])|mediodia|meio ?dia|noon"
        rf"|(?:a las|as|at|las|das) (?:{_FEW}|once|onze|eleven)"
        rf"|(?:after|before|around|till|until|antes das|depois das|a partir das|umas) \d{{1,2}}"
        rf"(?![\d%:./]| ?(?:{_UNITS}|{_PEOPLE})\b)"
    ),
    "people": (
        rf"(?:\d{{1,4}}|{_FEW}) (?:{_PEOPLE})"
        r"|(?:somos|seremos|seriamos|seriam|vamos a ser|vamos ser|we are|were"
        r"|wed be|well be|there are|therell be|there will be"
        rf"|para|for|mesa de|table of|party of)"
        rf" (?:unos |unas |uns |about )?(?:\d{{1,4}}(?![\d:./%])|{_FEW})"
        rf"(?! ?(?:{_UNITS})\b)"
        rf"|(?:somos|seremos|seriamos|we are) (?:\d{{1,3}}|{_FEW})"
        r"|(?:grupo de|grupo con|grupo com|group of) \d{1,4}"
    ),
    "quantity": rf"\d{{1,5}} (?!(?:{_UNITS}|{_PEOPLE}|{_MONTH})\b)[a-z][a-z-]{{2,29}}",
    "number": (
        r"(?:pedido|orden|order|encomenda|reserva|factura|nro|numero|number|n[.º°o]?) ?"
        r"(?:n[.º°o]? ?|es |el |e o |is |do |del )?#? ?[a-z]{0,3}-?\d{3,12}|#\d{2,12}"
        r"|\d{4,12}[a-z]?|[a-z]{1,4}-?\d[a-z\d]{2,10}"
    ),
    "reference": (
        r"(?:pedido|orden|order|encomenda|reserva|factura|socio|socia|placa|folio|cita|cliente|dni|cpf"
        r"|cedula|matricula|booking|reservation|job|member|membership|invoice|ticket|guia|rg|nif|nie)"
        r" ?(?:numero |number |num\.? |nro\.? |n[.º°o]? ?|es |e o |is |do |del )?#? ?[a-z]{0,3}-?\d"
    ),
    "name": (
        r"(?:a nombre de|em nome de|no nome de|under|me llamo|mi nombre es|me chamo|meu nome e"
        r"|my name is|my names|names|soy|sou o|sou a|nombre:?|nome:?|name:?) [a-z]{2,30}"
    ),
    "contact": r"\+\d[\d -]{7,16}\d|[\w.+-]{1,64}@[\w-]{1,64}\.\w{2,10}",
    "address": r"(?:calle|avenida|av\.?|rua|carrera|cra|street|road|avenue) [\w .]{1,40}?\d{1,5}",
}
_WORD_ENDS = r"(?!\w)"
_END = {"reference": ""}
#: A signature: "two spots this thursday, Dana".
_SIGNED = re.compile(r",\s?[^\W\d_a-z][^\W\d_]{1,20}\W{0,3}$")
# bounded: the _MOST_CHARS_OF_DETAILS of a text that are looked at
_DETAIL = {
    kind: re.compile(rf"(?<![\w]){'(?:' + one + ')'}{_END.get(kind, _WORD_ENDS)}")
    for kind, one in _KINDS.items()
}
#: "mañana por la tarde": beside a day, its part is a time.
_ON_PART_OF_DAY = re.compile(rf"(?<!\w)(?:{_PART_OF_DAY})(?!\w)")
_REFERENCE = re.compile(rf"(?<![\w])(?:{_KINDS['reference']})[\w-]{{0,20}}")
_TO_DAY = r"(?:to|until|till|through|thru|a|al|ao|ate|hasta|e|y|and|-)"
_SPAN = re.compile(
    rf"(?<!\w)(?:{_KINDS['day']}|del? \d{{1,2}}|do dia \d{{1,2}}) ?(?:feira )?{_TO_DAY}"
    rf" (?:el |o |dia |the )?(?:{_KINDS['day']}|\d{{1,2}}(?= de | of ))(?!\w)"
)
_NUMBER = re.compile(r"(?<![\w.,:/])\d{1,5}(?![\w:/%])")
#: "3 centos de salgados", "dos docenas".
_FACTORS = {
    "docena": 12, "duzia": 12, "dozen": 12, "cento": 100, "ciento": 100, "hundred": 100,
    "mil": 1000, "millar": 1000, "millare": 1000, "milheiro": 1000, "thousand": 1000,
}  # fmt: skip
_ONE_TO_TEN: dict[str, int] = {
    **dict.fromkeys(("un", "una", "um", "uma", "a", "one"), 1),
    **dict.fromkeys(("dos", "dois", "duas", "two"), 2),
    **dict.fromkeys(("tres", "three"), 3), **dict.fromkeys(("cuatro", "quatro", "four"), 4),
    **dict.fromkeys(("cinco", "five"), 5), **dict.fromkeys(("seis", "six"), 6),
    **dict.fromkeys(("diez", "dez", "ten"), 10),
}  # fmt: skip
_TIMES = re.compile(rf"\b(\d{{1,3}}|{'|'.join(_ONE_TO_TEN)}) ({'|'.join(_FACTORS)})s?\b")
_APOSTROPHES = str.maketrans("", "", "'’´`")
_MOST_CHARS_OF_DETAILS = 1000


def _looked_at(text: str) -> str:
    return fold(text[:_MOST_CHARS_OF_DETAILS]).translate(_APOSTROPHES)


@lru_cache(maxsize=512)
def details_in(text: str) -> frozenset[str]:
    """The kinds of detail in a text: day, time, people, quantity, number, name, contact,
    address, and the reference of an order, a member and the like."""
    folded = _looked_at(text)
    found = {kind for kind, pattern in _DETAIL.items() if pattern.search(folded)}
    if found and _SIGNED.search(text[:_MOST_CHARS_OF_DETAILS].rstrip()):
        found.add("name")
    if (
        "day" in found
        and _DETAIL["day"].search(_ON_PART_OF_DAY.sub(" ", folded))
        and (_ON_PART_OF_DAY.search(folded))
    ):
        found.add("time")
    return frozenset(found)


def spans_days(text: str) -> bool:
    """Whether a text names a first and a last day: "de viernes a domingo", "june 3 to june 8"."""
    return bool(_SPAN.search(_looked_at(text)))


@lru_cache(maxsize=512)
def how_many(text: str) -> int:
    """The greatest number of people or things that a text names, 0 where there is none."""
    folded = _REFERENCE.sub(" ", _looked_at(text))
    found = [
        int(number[0])
        for kind in ("people", "quantity")
        for match in _DETAIL[kind].finditer(folded)
        for number in _NUMBER.finditer(match[0])
    ]
    for number, unit in _TIMES.findall(folded):
        found.append((_ONE_TO_TEN.get(number) or int(number)) * _FACTORS[unit])
    return max(found, default=0)


def only_details(text: str, language: LanguageCode, *, beside: int = 1) -> bool:
    """Whether a text is details and little else ("seríamos 14", "a eso de las 5, a nombre de Ana"):
    at most so many words `beside` them that mean something, and none that asks of a matter."""
    if not details_in(text):
        return False
    rest = _looked_at(text)
    for kind, pattern in _DETAIL.items():
        if kind != "quantity":  # what there are so many of is more than a detail
            rest = pattern.sub(" ", rest)
    found = terms(rest, language)
    return len(found) <= beside and not any(term.startswith("#") for term in found)
