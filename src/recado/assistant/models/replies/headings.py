"""A text that is no structure as the reply: without its role, its headings, its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from recado.assistant.models.replies.lenient import NotJson, parse
from recado.assistant.models.replies.shapes import Reply, with_about
from recado.assistant.models.replies.structures import Shape

_ROLE = re.compile(
    r"\s*(?:\*\*|__|#{1,4} |\[|gpt4 correct )?(?:assistant|asistente|assistente"
    r"|virtual assistant|ai|bot|model)"
    r"(?:\*\*|__|\])?[ \t]*(?:[:：](?:\*\*|__)?|\n)\s*",
    re.IGNORECASE,
)
_OTHERS_LINE = re.compile(
    r"^(?:\*\*)?(?:user|human|customer|client|usuario|usuário|cliente|contact|contacto)(?:\*\*)?:",
    re.IGNORECASE | re.MULTILINE,
)
_HERE = r"(?:here(?:'s| is) )?"
_EMOJI = r"(?:[\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]{1,3}[ \t]?)?"
_HEAD = r"^[ \t>]*" + _EMOJI + r"(?:#{1,6}[ \t]+)?(?:[*_]{1,3})?"
_TAIL = r"(?:[*_]{1,3})?[ \t]*[:：](?:[*_]{1,3})?[ \t]*"
_THOUGHT_HEADING = re.compile(
    _HEAD + _HERE + r"(?:(?:my |internal |step[- ]by[- ]step )?(?:reasoning|thinking|thoughts?)"
    r"(?: process| steps?)?|chain[- ]of[- ]thought|scratchpad|razonamiento|raciocínio|raciocinio"
    r"|pensamiento|pensamento|note to self|internal note|nota interna|observation|action input"
    r"|entrada de (?:la )?acci[oó]n|entrada da a[cç][aã]o)" + _TAIL,
    re.IGNORECASE | re.MULTILINE,
)
#: A step that calls something, and no sentence of the same beginning.
_CALLING_STEP = re.compile(
    _HEAD
    + r"(?:action|acci[oó]n|a[cç][aã]o)"
    + _TAIL
    + r"(?:```|\s{0,3}[\[{]|\w{1,40}\[|\w{1,40}\("
    r"|[a-z]{1,20}_\w{1,40}|\w{1,40}[ \t]{0,9}\n\s{0,9}(?:```|[\[{]|action input|entrada d))",
    re.IGNORECASE | re.MULTILINE,
)
_LIKE_A_THOUGHT = re.compile(
    r"\s*(?:#{1,6}[ \t]+)?[*_]{0,3}(?:analysis|análisis|análise|plan)" + _TAIL, re.IGNORECASE
)
_BARE_HEADING = re.compile(
    r"^[ \t]{0,9}(?:#{1,6}[ \t]+|[*_]{2,3})(?:reasoning|thinking|thoughts?|razonamiento|raciocínio)"
    r"(?: process)?[*_]{0,3}[ \t]*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_STEP = (
    r"^[ \t>]{0,9}(?:#{1,6}[ \t]+)?[*_]{0,3}(?:step|paso|passo|etapa)[ \t]\d{1,2}[*_]{0,3}"
    r"[ \t]?[:.)–—-][*_]{0,3}[ \t]?"
)
#: A step of thinking: nobody tells a customer to understand the question.
_THOUGHT_STEP = re.compile(
    _STEP + r"(?:understand|analy[sz]e|identify|determine|interpret|recall|check|review"
    r"|parse|consider|entender|analizar|analisar|identificar|determinar|interpretar|revisar|comprender"
    r"|compreender|verificar)\w{0,3}\b[^\n]{0,60}\b(?:question(?! mark)|request|query|message"
    r"|intent|knowledge|passages?|context|customer|user|pregunta|consulta|solicitud|mensaje|cliente"
    r"|usuari[oa]|pergunta|mensagem|solicitação|contexto|pasajes?|conocimiento|conhecimento)\b",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWER_STEP = re.compile(
    _STEP + r"(?:the |la |a )?(?:(?:formulate|write|give|provide|compose|draft|formular|dar"
    r"|escribir|redactar|escrever|redigir)\w{0,3} )?(?:the |la |a |my )?(?:final )?(?:answer"
    r"|respond|response|reply|respuesta|responder|resposta)\b[^\n:]{0,30}(?::[*_]{0,3}|[*_]{0,3}(?:\n|\Z))",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWER_HEADING = re.compile(
    _HEAD
    + _HERE
    + r"(?:(?:my |the )?(?:final )?(?:answer|response|reply)(?: to (?:the )?\w{1,20})?"
    r"|respuesta(?: final)?|resposta(?: final)?|output)"
    r"(?:" + _TAIL + r"|[*_]{0,3}[ \t]*\n)",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_LINE = re.compile(
    r"^[ \t]*(?:[-*•+][ \t]{1,3})?[(*_\"]{0,3}(?P<key>confidence|known"
    r"|asked_for_person|sources)[*_\"]{0,3}[ \t]*[:=]"
    r"(?P<value>[^\n]{0,80})$\n?",
    re.IGNORECASE | re.MULTILINE,
)
# bounded: a value of 80 characters
_ABOUT_VALUE = re.compile(
    r"[*_ \t]*+(?:true|false|null|none|-?[\d.,]++[ \t]*%?|high|medium|low"
    r"|\[[\d, \[\]]{0,60}\])?[ \t,)*_]*+",
    re.IGNORECASE,
)
_ABOUT_AT_END = re.compile(
    r"(?:[(\[*_]{1,3}(?:confidence|confianza|confiança|certeza)|[(\[](?:known|asked_for_person|sources))"
    r"[*_]{0,3}[ \t]*[:=][^)\]\n]{0,20}[)\]*_]{0,3}\s*\Z",
    re.IGNORECASE,
)
#: The same in the contact's language, or several in a line.
_FIGURE = (
    r"(?:(?:nivel|nível|grado) de )?(?:confidence(?: score| level)?|confianza|confiança|certeza"
    r"|known|asked_for_person|sources)[*_\"`]{0,3}[ \t]?[:=][*_]{0,3}[ \t]?(?:true|false|null|none"
    r"|(?:muy |muito |very )?(?:high|medium|low|alta?|alto|media|medio|média|médio|baja|bajo|baixa"
    r"|baixo)|-?[\d.,]{1,6}[ \t]?%?(?:[ \t]?/[ \t]?\d{1,3})?|\[[\d, ]{0,30}\])"
)
_FIGURES_LINE = re.compile(
    rf"^[ \t]{{0,9}}(?:[-*•+][ \t]{{1,3}})?[(\[*_\"`|]{{0,3}}"
    rf"(?:{_FIGURE}[ \t,;|)*_\]`]{{0,6}}){{1,5}}$\n?",
    re.IGNORECASE | re.MULTILINE,
)
#: How models wrap what they say, where they are fond of XML.
_WRAPS = (
    r"(?:final[_ -]?)?(?:answer|response|reply|output|result)|final"
    r"|(?:assistant|customer)[_ -]?\w{4,8}"
    r"|respuesta|resposta|message|text"
)
_WRAP = re.compile(rf"<(?P<end>/)?(?P<name>{_WRAPS})>", re.IGNORECASE)
# bounded: it is matched at one place
_AROUND = re.compile(r"\s*<(?P<name>[A-Za-z][\w.-]{0,30})(?:\s[^<>]{0,200})?>")
#: As models end a calculation.
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?(?P<text>[^{}]{1,4000})\}")
_HALF_WRAPPED = re.compile(rf"\A\s*<(?:{_WRAPS})>|</(?:{_WRAPS})>\s*\Z", re.IGNORECASE)
_ABOUT_TAG = re.compile(
    r"<(?P<key>confidence|known|asked_for_person|sources)>(?P<value>[^<>]{0,80})</(?P=key)>",
    re.IGNORECASE,
)
# bounded: it is matched at one place
_TEXT_LABEL = re.compile(
    r"\s*(?:[-*•+][ \t]{1,3})?[*_\"'`]{0,3}text[*_\"'`]{0,3}[ \t]*:[*_]{0,3}[ \t]*(?:\|[ \t]*\n)?",
    re.IGNORECASE,
)
#: A structure that is cut before it says anything.
_FRAGMENT = re.compile(
    r"(?:```[ \t]*(?:json)?\s{0,9})?(?:\[\s{0,9})?[{\[]"
    r"\s{0,9}(?:(?:#|//)[^\n]{0,200}+\s*+(?:QUOTED)?|QUOTED)\Z".replace(
        "QUOTED", r"[\"'“‘`][^\"'\n]{0,60}[\"']?\s*+:?\s*+"
    )
)
# bounded: each repetition has its most
_OPEN_FENCE = re.compile(r"```[ \t]*\w{0,12}\s{0,9}[{\[]?\s*+\Z")
_STRAY_TICKS = re.compile(r"\n`{1,2}\Z")
_NOTHING = re.compile(
    r"[\s\[\]{}()<>\"'`,:;/\\]*+(?:null|none|undefined|nan)?[\s\[\]{}()\"'`,:;]*+", re.IGNORECASE
)
_DEEPEST = 3
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def plain_reply(words: str, shapes: Sequence[Shape]) -> Reply | None:
    """A text as the reply: without its role, its reasoning under headings, its figures."""
    told, about = _figures(_own_words(words))
    told = _FIGURES_LINE.sub("", told)
    text = _TEXT_LABEL.sub("", told, count=1) if about and _TEXT_LABEL.match(told) else told
    if text != words or any(shape.dropped for shape in shapes):
        text = _BLANK_LINES.sub("\n\n", text)
    text = _FRAGMENT.sub("", text)
    text = _STRAY_TICKS.sub("", text)
    if text.count("```") % 2:
        text = _OPEN_FENCE.sub("", text)
    if _NOTHING.fullmatch(text) or text.lstrip().startswith('"\\'):  # encoded, and cut
        return None
    reply = Reply(text=text.strip())
    for shape in shapes:
        about |= shape.about or {}
    return with_about(reply, about) if about else reply


def _unwrapped(text: str) -> str:
    """What stands in the tags of an answer, or in tags that are around all of it."""
    if boxed := _BOXED.search(text):
        text = boxed["text"]
    if (around := _AROUND.match(text)) and text.rstrip().endswith(f"</{around['name']}>"):
        text = text.rstrip()[around.end() : -len(around["name"]) - 3]
    for _ in range(_DEEPEST):
        opened: dict[str, int] = {}
        inner: tuple[int, int] | None = None
        for tag in _WRAP.finditer(text):
            name = tag["name"].lower()
            if not tag["end"]:
                opened[name] = tag.end()
            elif name in opened:
                inner = opened.pop(name), tag.start()
        if inner is None:
            break
        text = text[slice(*inner)]
    return _HALF_WRAPPED.sub("", text)


def _own_words(text: str) -> str:
    text = _ABOUT_AT_END.sub("", _ABOUT_TAG.sub("", text))
    text = _unwrapped(text)
    role = _ROLE.match(text)
    if (role and not role[0].strip(" \t\n").isalpha()) or (role and "\n" in role[0]):
        text = text[role.end() :]
        if other := _OTHERS_LINE.search(text):
            text = text[: other.start()]
    return _after_headings(text)


def _after_headings(text: str) -> str:
    """What stands under the heading of the answer, where reasoning has a heading."""
    if step := _THOUGHT_STEP.search(text):
        steps = list(_ANSWER_STEP.finditer(text, step.end()))
        return text[steps[-1].end() :] if steps else text[: step.start()]
    found = [_THOUGHT_HEADING.search(text), _BARE_HEADING.search(text), _CALLING_STEP.search(text)]
    model_result = min(filter(None, found), key=lambda heading: heading.start(), default=None)
    headings = list(_ANSWER_HEADING.finditer(text))
    if model_result is None:
        if headings and _LIKE_A_THOUGHT.match(text):
            return text[headings[-1].end() :]
        final = headings and re.match(r"\W*final answer", headings[0][0], re.IGNORECASE)
        return (
            text[headings[0].end() :] if final and not text[: headings[0].start()].strip() else text
        )
    after = [heading for heading in headings if heading.start() >= model_result.end()]
    if after:
        return _after_headings(text[after[-1].end() :])
    return text[: model_result.start()]


def _figures(text: str) -> tuple[str, dict[str, Any]]:
    """The text without lines such as `confidence: 0.9`, and what they say."""
    about: dict[str, Any] = {}
    for line in _ABOUT_LINE.finditer(text):
        if _ABOUT_VALUE.fullmatch(line["value"]) and line["value"].strip():
            about[line["key"].lower()] = _value(line["value"])
    if not about:
        return text, about

    def drop(line: re.Match[str]) -> str:
        return "" if _ABOUT_VALUE.fullmatch(line["value"]) and line["value"].strip() else line[0]

    return _ABOUT_LINE.sub(drop, text), about


def _value(text: str) -> Any:
    try:
        return parse(text.strip().rstrip(",")).value
    except NotJson:
        return None
