"""What a model says to itself in plain words: asides in brackets, talk about the customer, and
what it is about to call."""

from __future__ import annotations

import re

_MUSING = (
    r"(?:(?:my |internal |inner )?(?:think(?:s|ing)?|thoughts?|reasoning|monologue|scratchpad)"
    r"(?: (?:process|aloud|out loud|to (?:my|him|her|it)self))?"
    r"|note to self|internal (?:note|comment)s?|nota interna"
    r"|pensando(?: (?:en|em) voz alta)?|pienso|piensa|pensamientos?|pensamentos?"
    r"|razonamiento|razona(?:ndo)?|racioc[ií]nio)"
)
_ASIDE = re.compile(
    rf"(?P<open>[(\[]|(?<![\w*_])[*_]{{1,3}})\s?{_MUSING}\s?(?:[:：—–]|\.\.\.|…)(?![*_])"
    r"|^(?P<line>\[)(?:internal|system|interno|sistema)(?: \w{1,12})?[:：]"
    r"|^(?P<call>\[)(?:calling|using|llamando|usando|chamando)\s[a-z]{1,20}_\w{1,40}",
    re.IGNORECASE | re.MULTILINE,
)
#: Alone in its line, and of some length.
_MUSED = re.compile(
    r"^[ \t]*(?:[(\[]|[*_]{1,3})(?:thinks|thinking|reasoning)\b(?! of\b)[ \t][^\n]{1,400}"
    r"[)\]*_][ \t]{0,9}$\n?",
    re.IGNORECASE | re.MULTILINE,
)
#: A beginning without an end: all that follows may be of it.
_BEGUN = re.compile(
    r"^[ \t]*(?:[(\[]|[*_](?![*_]))(?:thinks|thinking|thought|reasoning|pensando|piensa|pienso"
    r"|razonando|raciocinando)(?:\.\.\.|…)?[)\]*_]{1,3}",
    re.IGNORECASE | re.MULTILINE,
)
#: Lines that are quoted, where the first is musing.
_QUOTED = re.compile(
    rf"^>[ \t]{{0,9}}[*_(\[]{{0,3}}{_MUSING}\b[^\n]{{0,400}}$(?:\n>[^\n]{{0,2000}}$){{0,40}}\n?",
    re.IGNORECASE | re.MULTILINE,
)
_OF_THE_CONTACT = re.compile(
    r"[^\w¿?\"“«]{0,12}(?:(?:ok(?:ay)?|alright|hmm+|well|so|wait|bueno|bien"
    r"|certo|bom|a ver)[,.…]{0,3}\s{1,3}"
    r"(?:so |let's see[,.]? )?)?"
    r"(?:(?:the|this) (?:user|customer|contact)(?:'s)? (?:is (?:asking|greeting|saying|requesting)"
    r"|asks|asked|wants|wrote|says|said|seems|message|question|greeted|needs)"
    r"|we (?:need|have|should|must) (?:to )?(?:answer|respond|reply|output|produce)"
    r"|i (?:need|have|should|must) (?:to )?(?:answer|respond to|reply to)"
    r"|(?:el|la|o|a) (?:usuari[oa]|cliente|usuário|usuária|contact[oa]|contato)"
    r" (?:pregunta|quiere|está preguntando|pide|dice|saluda"
    r"|pergunta|quer|está perguntando|pede|diz)\b)",
    re.IGNORECASE,
)
_INTENDS = (
    r"(?:i(?:'ll|’ll| will| am going to|'m going to|’m going to| need to| should| must| have to"
    r"| can)|let me|let's|let’s|allow me to|i'm|i’m|i am|now|first"
    r"|voy a|vamos a|déjame|déjeme|dejame|perm[ií]t[ae]me|necesito|debo|tengo que|deja que|estoy"
    r"|primero|ahora|vou|deixe-me|deixa eu|preciso|devo|tenho que|permita-me|estou|primeiro|agora)"
)
_LOOKING = (
    r"(?:search|look|check|find|call|us(?:e|ing)\b|query|get\b|fetch|retriev|consult|verify|run\b"
    r"|invok|busc|revis|verific|llam|usar?\b|comprob|mirar|obten|ejecut|pesquis|cham|procur|olhar"
    r"|obter|execut)"
)
#: bounded: it is matched at the beginning of a sentence
_ANNOUNCES = re.compile(
    rf"\W{{0,9}}(?:(?:sure|ok(?:ay)?|of course|claro|por supuesto|great|perfect|hi|hello|hola|olá)"
    rf"[,.!]?\s)?(?:{_INTENDS}\b[^.!?\n]{{0,60}}?\b{_LOOKING}"
    r"|(?:one|just a|just one|un|um|só um) (?:moment|second|momento|segundo|momentito|instante)\b"
    r"|(?:calling|using|searching|looking up|checking"
    r"|llamando|consultando|buscando|usando|chamando)\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:^|\n)[ \t>*_#→•-]{0,9}(?:(?:calling |using )?(?:the )?(?:tool|function|herramienta"
    r"|ferramenta|función|função)s?(?:[ _](?:calls?|name|input|use))?|TOOL_CALLS?"
    r"|action(?: input)?|json|functools|plan(?=:)"
    r"|[a-z]{1,20}(?:_[a-z]{1,20}){1,4})[ \t]?[:：]?[*_]{0,3}\s*\Z",
    re.IGNORECASE,
)
_NAMED_CALL = re.compile(r"\b(?:[a-z]{1,20}(?:_[a-z0-9]{1,20}){1,5}|search|lookup|query)\(")
_SENTENCE_ENDS = re.compile(r"[.!?:…](?=\s)|\n")
_CITED = re.compile(
    r"[ \t]?【(?:[\d:]{1,9}†|turn\d)[^】\n]{0,80}】|\[\^\d{1,2}\](?!:)"
    r"|^\[\^\d{1,2}\]:[^\n]{0,400}\n?",
    re.MULTILINE,
)
_MOST = 20
_LONGEST_SENTENCE, _LONGEST_ASIDE = 400, 8_000


def without_asides(text: str) -> str:
    """The text without what its writer says to itself; "" where all of it may be that."""
    if _OF_THE_CONTACT.match(text):
        return ""
    text = _QUOTED.sub("", text)
    text = _CITED.sub("", _MUSED.sub("", _without_bracketed(text)))
    if begun := _BEGUN.search(text):
        text = text[: begun.start()]
    return _without_calls_in_words(text)


def unannounced(before: str) -> str:
    """What stands before a call, without the sentences that only announce it ("Let me check:")."""
    for _ in range(3):
        before = _LABEL.sub("", before)
        rest = before.rstrip()
        start = _sentence_start(rest, len(rest.rstrip(".!?:… ")))
        if not rest or not _ANNOUNCES.match(rest[start:]):
            return before
        before = rest[:start]
    return before


def _without_bracketed(text: str) -> str:
    pieces, at = [], 0
    for aside in _ASIDE.finditer(text):
        if aside.start() < at or _is_code(text, aside.start()):
            continue
        pieces.append(text[at : aside.start()])
        opening = aside["open"] or "["
        at = _closed(text, aside.end(), opening)
    return "".join([*pieces, text[at:]])


def _closed(text: str, at: int, opening: str) -> int:
    """Where what `opening` opened ends: the end of the text where nothing closes it."""
    if opening not in ("(", "["):
        end = text.find(opening, at)
        return len(text) if end < 0 else end + len(opening)
    closing = ")" if opening == "(" else "]"
    depth = 1
    for place in range(at, min(len(text), at + _LONGEST_ASIDE)):
        depth += (text[place] == opening) - (text[place] == closing)
        if not depth:
            return place + 1
    return len(text)


def _without_calls_in_words(text: str) -> str:
    """Without sentences such as "I'll call get_order(1182)": only what somebody is about to call
    himself; how the reader may call something is an answer."""
    pieces, at = [], 0
    for call in list(_NAMED_CALL.finditer(text))[:_MOST]:
        start = max(at, _sentence_start(text, call.start()))
        if call.start() < at or text.count("```", 0, start) % 2:
            continue
        if not _ANNOUNCES.match(text[start : call.end()]):
            # What announces it may end in a colon before it.
            start = max(at, _sentence_start(text, len(text[:start].rstrip().rstrip(":"))))
            if text[: call.start()].rstrip()[-1:] != ":" or not _ANNOUNCES.match(text[start:]):
                continue
        pieces.append(text[at:start])
        end = _SENTENCE_ENDS.search(text, _closed(text, call.end(), "("))
        at = end.end() if end else len(text)
    return "".join([*pieces, text[at:]])


def _sentence_start(text: str, before: int) -> int:
    start = max(0, before - _LONGEST_SENTENCE)
    for end in _SENTENCE_ENDS.finditer(text, start, before):
        start = end.end()
    return start


def _is_code(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line.count("`") % 2 == 1 or text.count("```", 0, at) % 2 == 1
