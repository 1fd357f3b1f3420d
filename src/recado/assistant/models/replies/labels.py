"""Blocks of labels around a reply: what a model was to keep to, found out or has checked.

    Intent: ask_hours            Language: Spanish
    Response: We open at 8.      - [x] Short

At the head and at the end, where a business's own labels ("Total: 20 €") are left.
"""

from __future__ import annotations

import re

_MOST = 12
_LEAD = r"[ \t>]{0,9}(?:[-*•+][ \t]{1,3})?(?:[✅✔☑☐🔍🔎📝📌✓]\ufe0f?[ \t]?)?[#*_`]{0,6}[ \t]?"
_COLON = r"[*_`]{0,3}[ \t]?[:：][*_`]{0,3}"
#: No business has these at the head of an answer.
_HEAD = re.compile(
    _LEAD
    + r"(?:(?:detected |response |output |reply )(?:language|tone|style|format|length)|intents?"
    r"|intent classification|entities|user (?:intent|goal|question)"
    r"|customer (?:intent|question|message)|relevant documents|cited documents"
    r"|retrieved (?:passages?|documents)|sentiment"
    r"|draft(?: reply)?|self[- ]check|check(?:list|s)?|constraints|guidelines"
    r"|instructions? followed)" + _COLON,
    re.IGNORECASE,
)
#: These only where the label of the answer comes after them.
_HEAD_PERHAPS = re.compile(
    _LEAD
    + r"(?:language|tone|idioma|tono|tom|intenci[oó]n|intenção|entidades|categor[ií]a|category"
    r"|topic|tema|assunto|sentimiento|sentimento|borrador|rascunho|plan|goal|objetivo|contexto"
    r"|context|an[aá]lisis|análise)" + _COLON,
    re.IGNORECASE,
)
_ANSWER = re.compile(
    _LEAD
    + r"(?:(?:final |suggested |proposed )?(?:answer|response|reply|message|output|version)|final"
    r"|respuesta(?: final| sugerida)?|resposta(?: final)?|mensaje(?: final)?|mensagem(?: final)?)"
    + _COLON
    + r"[ \t]{0,9}",
    re.IGNORECASE,
)
#: In what manner it was to be said.
_MANNER = re.compile(
    r"[*_-]{0,3}[ ]?language[*_]{0,2}:[^\n]{1,40}\n"
    r"[*_-]{0,3}[ ]?tone[*_]{0,2}:",
    re.IGNORECASE,
)
_CHECKED = re.compile(r"[ \t]{0,9}(?:[-*•+][ \t]{1,3}\[[xX✓]\]|[✅✔☑][ \t]?\w)[^\n]{0,120}")
#: All that follows is of it.
_TAIL = re.compile(
    r"^" + _LEAD + r"(?:citations?|cited documents|grounded answer|hallucinations?|self[- ]check"
    r"|quality check|check(?:list|s)?|verification|validation|compliance(?: check)?"
    r"|instructions? followed|sources? used|passages? used|documents? used|fuentes (?:usadas"
    r"|utilizadas|consultadas)"
    r"|fontes (?:usadas|utilizadas|consultadas)|pasajes usados|trechos usados)"
    r"[*_`]{0,3}[ \t]?(?:[:：]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_SOURCES = re.compile(
    r"^"
    + _LEAD
    + r"(?:sources?|references?|referencias?|referências?|fuentes?|fontes?)"
    + _COLON
    + r"[ \t]{0,9}(?:\n[ \t]{0,9}(?:[-*•+]|\d{1,2}[.)])?[ \t]{0,3})?"
    r"(?:\[?\d|(?:the )?(?:passages?|pasajes?|passage[mn]s?|trechos?|documents?|documentos?"
    r"|docs?)\b)",
    re.IGNORECASE | re.MULTILINE,
)


def without_labels(text: str) -> str:
    """The text without such blocks; the text itself where there are none."""
    lines = text.strip().split("\n")
    at, sure = 0, bool(_MANNER.match(text.strip()))
    while at < min(len(lines), _MOST):
        line = lines[at]
        if _HEAD.match(line) or _CHECKED.fullmatch(line):
            sure = True
        elif line.strip() and not _HEAD_PERHAPS.match(line):
            break
        at += 1
    rest = lines[at:]
    labelled = _ANSWER.match(rest[0]) if rest and at else None
    if labelled:
        text = "\n".join([rest[0][labelled.end() :], *rest[1:]])
    elif sure and rest:
        text = "\n".join(rest)
    for pattern in (_TAIL, _SOURCES):
        tail = pattern.search(text)
        if tail and text[: tail.start()].strip():
            text = text[: tail.start()]
    return text
