"""Which language a conversation is held in: it stays until a whole sentence says otherwise.

One word decides nothing. People greet in a language that they do not speak, write names and
dishes in their own, and answer "ok" to anything; "no", "o" and "taxi" are at home everywhere.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from recado.language.detection import (
    LANGUAGES,
    LanguageCode,
    detect_language,
    evidence_in,
    letters_of,
    shapes_of,
    vocabulary,
    words_in,
)
from recado.language.insults import unmask
from recado.language.intent import classify_intent
from recado.language.lexicon import PhraseMatcher, read_sections
from recado.language.reading import fold_word, words

_SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "affirmation", "negation"})
#: A small talk of so many words is a courtesy; a longer one is somebody's language.
_COURTESY_WORDS = 3
_OWN_WORDS = 1.5
_SHAPE, _SHARED, _LEANING, _LETTERS = 0.5, 0.5, 0.5, 1.0
_LEAD = 2.0
#: A message says its language soon; a long one is not read to its end for that.
_MOST_CHARS = 400
_SURE = 0.5
_HINTED = 0.3


@cache
def _sentences() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(fold_word(word) for word in entries)
        for name, entries in read_sections("sentences")
    }


@cache
def _own_words() -> dict[str, LanguageCode]:
    """The words that one of the languages has for itself."""
    speakers: dict[str, set[LanguageCode]] = {}
    for word, found in vocabulary().items():
        speakers[word] = {code for code, _ in found}
        if len(found) == 1 and found[0][1] <= 1:
            speakers[word] |= set(LANGUAGES)  # it only leans to that language
    for code in LANGUAGES:
        for word in _sentences()[code]:
            speakers.setdefault(word, set()).add(code)
    for word in _sentences()["loans"] - _sentences()["es"] - _sentences()["pt"]:
        speakers.pop(word, None)
    return {word: next(iter(codes)) for word, codes in speakers.items() if len(codes) == 1}


#: "please answer me in english", "¿hablan portugués?": each language by its names.
_NAMES: dict[LanguageCode, str] = {
    "es": "{espanol|castellano|spanish|espanhol|castelhano}",
    "pt": "{portugues|portuguese|brasileno|brasileiro}",
    "en": "{ingles|english}",
}
_WISHED = (
    "{answer|reply|respond|write|speak|talk|text|chat|continue|switch} {_|_ _|} {in|to} LANGUAGE",
    "{responde|responder|responda|respondan|responden|respondeme|responderme} {_|_ _|} en LANGUAGE",
    "{contestame|contestar|contesta|contesten|contestarme} {_|_ _|} en LANGUAGE",
    "{escribeme|escribir|escribe|hable|hablar|hablame|hablemos|hablarme} {_|_ _|} en LANGUAGE",
    "{responda|responder|responde|respondam} {_|_ _|} em LANGUAGE",
    "{falar|fale|falem|escreva|escrever} {_|_ _|} em LANGUAGE",
    "{in|en|em} LANGUAGE {please|pls|plz|por favor|porfa|porfavor|pfv|pf}",
    "LANGUAGE {please|pls|plz|por favor|porfa|only}",
    "{only|solo|i only|so|solamente} {speak|hablo|entiendo|falo|entendo|understand} LANGUAGE",
)
_MOST_WISHED = 12


@cache
def _wished() -> PhraseMatcher[LanguageCode]:
    return PhraseMatcher(
        (pattern.replace("LANGUAGE", name), code)
        for code, name in _NAMES.items()
        for pattern in _WISHED
    )


def _wished_in(text: str) -> LanguageCode | None:
    """The language that a short text asks to be answered in."""
    said = words(text)
    if len(said) > _MOST_WISHED:
        return None
    found = _wished().find(said)
    return found[-1].value if found else None


def _is_portuguese_form(word: str) -> bool:
    """ "lavam", "vendem": they do; in Spanish it is "lavan"."""
    shaped = len(word) > 4 and word.endswith(("am", "em")) and shapes_of(word) == ["pt"]
    return shaped and word not in vocabulary() and word not in _sentences()["loans"]


def _is_spanish_form(word: str) -> bool:
    """ "lavan", "venden": they do; in Portuguese it is "lavam", and English has few such words."""
    shaped = len(word) > 4 and word.endswith(("an", "en")) and "en" not in shapes_of(word)
    return shaped and word not in vocabulary() and word not in _sentences()["loans"]


def _plainly(text: str) -> str:
    """Without what hides words: letters that stand alone ("m a l o") are none of a language."""
    tokens = unmask(text).split(" ")
    alone = sum(len(token) == 1 for token in tokens)
    if alone > 2 and 2 * alone > len(tokens):
        tokens = [token for token in tokens if len(token) != 1]
    return " ".join(tokens)


@lru_cache(maxsize=512)
def clear_language(text: str) -> LanguageCode | None:
    """The language of `text` where it is a whole sentence that leaves no doubt, or asks for one,
    else None."""
    text = _plainly(text[:_MOST_CHARS])
    if (wished := _wished_in(text)) is not None:
        return wished
    text = _in_own_words(text)
    said = words_in(text)
    if len(said) < 2 or _is_name(text):
        return None
    telling = said
    if len(said) <= _COURTESY_WORDS and "é" not in text.lower():
        telling = [word for word in said if word != "e"]  # "e carro?": it is an "and"
    signs = _signs(text, said)
    own = _own_words()
    verbs = {
        code: sum(own.get(w) == code for w in telling if w in _sentences()[code]) for code in signs
    }
    best = max(LANGUAGES, key=lambda code: (signs[code] and verbs[code], signs[code]))
    rival = max(signs[code] for code in LANGUAGES if code != best)
    signs[best] += _LEANING * sum(_leans_to(word) == best for word in dict.fromkeys(said))
    makes_sentence = any(word in _sentences()[best] for word in telling)
    # Between Spanish and Portuguese, a verb of one of them is enough: "tem tacos al pastor?"
    alone = verbs[best] and verbs[best] == sum(verbs.values()) and signs[best] >= rival
    among_shared = signs[best] >= 1 and rival == 0 and len(said) > 2  # "reservo para el domingo"
    told_by_verb = best != "en" and (alone or among_shared)
    if not told_by_verb and (signs[best] < _OWN_WORDS or signs[best] < _LEAD * rival):
        return None
    if not makes_sentence:
        return None
    if len(said) <= _COURTESY_WORDS and (talk := classify_intent(text, best).name) in _SMALL_TALK:
        # "no hablo inglés" is a whole sentence
        return best if verbs[best] and talk == "negation" else None
    return best


#: What somebody shows of another's words: between marks, or after a colon.
_QUOTED = re.compile(r"\"[^\"]{2,300}\"|«[^»]{2,300}»|“[^”]{2,300}”|(?<!\w)'[^']{2,300}'(?!\w)")
_SHOWN = re.compile(
    r"(?i)\b(?:mensaje|error|dice|says?|said|message|mensagem|diz|aparece|sale|aviso|erro): "
)
#: Within a sentence, a capital is a name's: "a São Paulo".
_NAMED = re.compile(r"(?<=[\w,] )[A-ZÀ-ÖØ-Þ][\w'’]{1,40}")


def _unless_english_i(word: re.Match[str]) -> str:
    return word[0] if word[0].isupper() or word[0].startswith(("I'", "I’")) else " "


def _in_own_words(text: str) -> str:
    """`text` without what it quotes, and without names, where that leaves a sentence."""
    own = _QUOTED.sub(" ", text)
    if (shown := _SHOWN.search(own)) is not None:
        own = own[: shown.end()]
    if any(word[:1].islower() for word in own.split()):  # Not Who Writes Like This
        named = _NAMED.sub(_unless_english_i, own)
        own = named if words_in(named) else own
    return own if words_in(own) else text


def _signs(text: str, said: Sequence[str]) -> dict[LanguageCode, float]:
    own, loans = _own_words(), _sentences()["loans"]
    signs: dict[LanguageCode, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in dict.fromkeys(said):
        if (code := own.get(word)) is not None:
            signs[code] += 1
        elif word in _sentences()["en"] and word not in loans:
            signs["en"] += _SHARED  # "do" is a Portuguese word, too
        elif word not in vocabulary() and word not in loans:
            shapes = shapes_of(word)
            if len(shapes) == 1:
                signs[shapes[0]] += _SHAPE
    for code in letters_of(text):
        signs[code] += _LETTERS
    return signs


def _leans_to(word: str) -> LanguageCode | None:
    """The language that alone is known to have a word, though others may."""
    known = vocabulary().get(word, ())
    return known[0][0] if len(known) == 1 and word not in _sentences()["loans"] else None


def _is_borrowed(text: str) -> bool:
    """ "delivery?", "happy hour": English that every language has; "hello" is somebody's own."""
    said = words_in(text)
    borrowed = bool(said) and _sentences()["loans"].issuperset(said)
    return borrowed and classify_intent(text, "en").name not in _SMALL_TALK


def _is_all_english(text: str) -> bool:
    """ "dog grooming?": of borrowed words and others that look English, two or more, and no word
    that a neighbour has."""
    said = words_in(text)
    foreign = [word for word in said if word not in _sentences()["loans"]]
    if len(said) < 2 or not foreign or _is_name(text):
        return False
    return all(
        _own_words().get(word) == "en"
        or (word not in vocabulary() and shapes_of(word) == ["en"])
        or vocabulary().get(word) == (("en", 1.0),)
        for word in foreign
    )


def _is_name(text: str) -> bool:
    """ "São Paulo", "Juan De La Cruz"."""
    return all(word[:1].isupper() and not word.isupper() for word in text.split())


def first_language(text: str, default: LanguageCode) -> LanguageCode:
    """The language of the first that somebody says: by a single word, where it leaves no doubt.
    `default` is what their number, or the installation, suggests."""
    if (clear := clear_language(text)) is not None:
        return clear
    plain = _in_own_words(_plainly(text[:_MOST_CHARS]))
    if (borrowed := _is_borrowed(plain)) or _is_all_english(plain):
        return default if borrowed else "en"
    detected = detect_language(plain, default=default)
    if detected.confidence >= _HINTED:
        return detected.code
    evidence = evidence_in(plain)
    if (turn := _turn_of_phrase(plain)) is not None:
        return turn
    leaning = _leaning(plain)
    if leaning and (evidence[leaning] > evidence[default] or not any(evidence.values())):
        return leaning
    # Words that Spanish and Portuguese share are no English, whatever the number suggests.
    return default if evidence[default] or not any(evidence.values()) else detected.code


#: Of words that both languages have, what only one of them says: "que horas abre", "abre no dia 1"
#: (in Spanish, a "no" after the verb ends the sentence).
_TURNS_OF_PHRASE: dict[str, LanguageCode | None] = {
    "que horas": "pt",
    "a que horas": None,  # in half of America Spanish has it, too
    "{corte|color|tinte|cepillado} de pelo": "es",
    "{abre|abrem|fecha|funciona|atende|entrega|entregam|fica|passa|chega|serve|aceita|vende} no _":
        "pt",
    "no {dia|feriado|natal|carnaval}": "pt",
    "que hora": "es",
}  # fmt: skip


@cache
def _turns_of_phrase() -> PhraseMatcher[LanguageCode | None]:
    return PhraseMatcher(_TURNS_OF_PHRASE.items())


def _turn_of_phrase(text: str) -> LanguageCode | None:
    found = {match.value for match in _turns_of_phrase().find(words_in(text)) if match.value}
    return next(iter(found)) if len(found) == 1 else None


def _leaning(text: str) -> LanguageCode | None:
    """Spanish or Portuguese, where words of one of them alone stand among words that both have
    ("abre dia 25 de dezembro?"); None: neither, or both."""
    said = words_in(text)
    known = (vocabulary().get(word, ()) for word in said)
    found = {found[0][0] for found in known if len(found) == 1}
    if len(said) > 1 and any(_is_portuguese_form(word) for word in said):
        found.add("pt")
    no_english = not evidence_in(text)["en"] and not _is_name(text)
    if len(said) > 1 and no_english and any(map(_is_spanish_form, said)):
        found.add("es")
    return next(iter(found)) if len(found) == 1 and "en" not in found else None


def language_of_turn(
    text: str, spoken: LanguageCode, *, first: bool, speaks: Sequence[str]
) -> LanguageCode:
    """The language in which a burst is answered.

    `spoken` is the conversation's. The last line that is clear decides, else the whole burst; to
    the `first` that somebody says, a single word is enough. It is one of those that the character
    `speaks`.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    clear = next((code for line in reversed(lines) if (code := clear_language(line))), None)
    if clear is None and len(lines) > 1:
        clear = clear_language(text)
    if clear is None and first and not _is_borrowed(text[:_MOST_CHARS]):
        detected = detect_language(_plainly(text), default=spoken)
        clear = detected.code if detected.confidence >= _SURE else None
    chosen = clear or spoken
    if chosen in speaks or not speaks:
        return chosen
    return next((code for code in LANGUAGES if code == speaks[0]), chosen)


#: Countries where nearly everybody writes to a business in one of the languages (ITU-T E.164).
#: Not +1: half of a continent's languages share it, but for the islands that speak Spanish.
_COUNTRIES: dict[LanguageCode, tuple[str, ...]] = {
    "pt": ("55", "351", "244", "258", "238", "239", "245"),
    "es": (
        *("34", "51", "52", "53", "54", "56", "57", "58", "240"),
        *("502", "503", "504", "505", "506", "507", "591", "593", "595", "598"),
        *("1787", "1939", "1809", "1829", "1849"),
    ),
    "en": ("44", "61", "64", "353"),
}
#: The same by their letters (ISO 3166).
_COUNTRY_CODES: dict[LanguageCode, frozenset[str]] = {
    "pt": frozenset({"BR", "PT", "AO", "MZ", "CV", "ST", "GW"}),
    "es": frozenset(
        {
            *("ES", "PE", "MX", "CU", "AR", "CL", "CO", "VE", "GQ", "GT", "SV", "HN", "NI"),
            *("CR", "PA", "BO", "EC", "PY", "UY", "PR", "DO"),
        }
    ),
    "en": frozenset({"GB", "AU", "NZ", "IE"}),
}


def language_of_phone(phone: str, default: LanguageCode) -> LanguageCode:
    """What is spoken where a number is from: its digits in E.164, with or without the plus."""
    digits = phone.removeprefix("+")
    for code, prefixes in _COUNTRIES.items():
        if digits.startswith(prefixes):
            return code
    return default


def language_of_country(code: str, default: LanguageCode) -> LanguageCode:
    """As language_of_phone, of a country's two letters."""
    found = (language for language, known in _COUNTRY_CODES.items() if code in known)
    return next(found, default)
