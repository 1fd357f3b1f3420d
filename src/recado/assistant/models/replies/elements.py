"""Calls that are written as elements of the tool's own name: `<get_hours><day/></get_hours>`."""

from __future__ import annotations

import re

from recado.assistant.models.replies.asides import unannounced
from recado.assistant.models.replies.shapes import answers

_LONGEST = 8_000
_MOST = 20
#: What a tool does, as the first word of its name.
_DOES = (
    r"(?:get|search|look|lookup|find|fetch|check|query|call|use|run|execute|read|list|send|create|update"
    r"|retrieve|ask|access|browse|invoke|web|buscar|consultar|obtener|obter|pesquisar|verificar"
    r"|revisar|crear|enviar)"
)
_BEGINS = re.compile(
    rf"^[ \t]{{0,9}}<(?P<name>{_DOES}(?:_[a-z0-9]{{1,20}}){{1,5}}"
    r"|[a-z]{1,20}(?:_[a-z0-9]{1,20}){1,5}(?=>\s{0,20}<[a-z_]{1,40}>)"
    r"|execute(?:_\w{1,20})?|run|action|command|bash|python|search|lookup|query|sql)"
    r"(?:[ \t\n]{1,9}[a-z_]{1,30}=[^<>]{0,400})?/?>",
    re.MULTILINE,
)
#: The reply as an attribute of the tool for it.
_TOLD_IN_ATTRIBUTE = re.compile(
    r"<final_result[ \t\n][^<>\"]{0,40}text=\"(?P<text>[^\"]{1,4096})\"[^<>]{0,200}>"
    r"(?:</final_result>)?"
)
#: A block of code that is one call and all that is said.
_ONLY_A_CALL = re.compile(
    rf"\s*```[ \t]{{0,3}}(?:python|py|javascript|js|bash|sh)?[ \t]{{0,3}}\n\s{{0,9}}"
    rf"(?:(?:print\(|await |return |result = ){{0,2}}{_DOES}(?:_[a-z0-9]{{1,20}}){{1,5}}"
    r"\([^\n]{0,400}\)"
    r"|curl [^\n]{0,400})\s{0,9}```\s*"
)


def without_elements(text: str) -> str:
    """The text without them; an element that nothing closes is a word in angle brackets."""
    if _ONLY_A_CALL.fullmatch(text):
        return ""
    text = _TOLD_IN_ATTRIBUTE.sub(lambda told: told["text"], text)
    pieces, at = [], 0
    for begins in list(_BEGINS.finditer(text))[:_MOST]:
        name = begins["name"]
        if begins.start() < at or answers(name) or text.count("```", 0, begins.start()) % 2:
            continue
        end = begins.end()
        if not begins[0].endswith("/>"):
            closes = text.find(f"</{name}>", end, end + _LONGEST)
            if closes < 0:
                continue
            end = closes + len(name) + 3
        pieces.append(unannounced(text[at : begins.start()]))
        at = end
    return "".join([*pieces, text[at:]])
