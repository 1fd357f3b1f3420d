"""What a model says of its reply: whom it is for, from which passages it is, in which tone; and
the conversation that it goes on inventing after it.

These are words as people write them, so each is taken off only where it speaks of the reply, of
the passages or of the customer, and only at the place where models put it.
"""

from __future__ import annotations

import re
from itertools import pairwise

_LONGEST_LINE = 600
_MOST = 12
# bounded: it is matched at one place
_PRESENTS = re.compile(
    r"\s*[*_#]{0,3}\s?(?:(?:sure|of course|certainly|absolutely|great(?: question)?|okay|ok|got it"
    r"|understood|claro(?: que s[ií])?|por supuesto|desde luego|con gusto|entendido|perfecto"
    r"|com certeza"
    r"|perfeito|pronto|listo)(?: thing)?[!,.:]{0,2}\s)?"
    r"(?:(?:here(?:'s|’s| is)|this is|below is|aqu[ií](?: te)? (?:tienes|tiene|está|va|vai|dejo)"
    r"|te dejo|esta es|esta é|segue|essa é)\s(?P<what>[^\n:]{1,120})"
    r"|(?P<bare>(?:my |the |suggested |final |draft |proposed |possible |mi |a |la |minha )?"
    r"(?:suggested )?(?:reply|response|respuesta|resposta)"
    r" (?:to|for|para|al|ao|en|em|in) (?:the |la |el |o )?[\w ]{1,40}))"
    r"[:：][*_]{0,3}[ \t]{0,9}(?P<end>\n|(?=[\"“«]))\s{0,20}",
    re.IGNORECASE,
)
# bounded: it is matched at one place
_ANNOUNCES = re.compile(
    r"\s*(?:(?:so|therefore|thus|then|entonces|por lo tanto|portanto|então),?\s)?"
    r"(?:(?:my|the|a possible|mi|la|a|minha) (?:final )?(?:answer|reply|response|respuesta"
    r"|resposta)"
    r" (?:is|would be|should be|could be|will be|es|sería|debería ser|é|seria)"
    r"|(?:respuesta|resposta) (?:sugerida|propuesta|proposta)"
    r"|(?:mensaje|mensagem|message) (?:para|for|to) (?:el |la |o |the )?(?:cliente|clienta|customer"
    r"|contacto|contato|contact|whatsapp|enviar|send)"
    r"|(?:sure[,!] )?here(?:'s|’s| is) what i(?:'d|’d| would) (?:say|reply|write|answer)"
    r"|i(?:'d|’d| would| will|'ll|’ll) (?:respond|reply|answer|say|write)(?: with| as follows)?"
    r"|(?:yo )?(?:respondería|contestaría|diría|responderia|diria))\s?[:：]\s{0,9}",
    re.IGNORECASE,
)
_OF_A_REPLY = re.compile(r"\b(?:reply|response|answer|respuesta|resposta)\b", re.IGNORECASE)
_OF_A_MESSAGE = re.compile(
    r"\b(?:message|draft|text|mensaje|borrador|mensagem|rascunho)\b", re.IGNORECASE
)
_FOR_SOMEBODY = re.compile(
    r"\b(?:customer|client|user|contact|whatsapp|send|cliente|usuario|usuário|contacto|contato"
    r"|enviar\w{0,3}|mandar\w{0,3})\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*(?:\"[^\"]+\"|“[^”]+”|«[^»]+»)\s*")
#: In brackets or in stars, alone in a line: what a stage direction is to an actor.
_DIRECTION = re.compile(
    r"[\[(*_]{1,3}(?:end of (?:the )?(?:response|reply|message|conversation|answer)"
    r"|fin de (?:la )?(?:respuesta|conversación)|fim da (?:resposta|conversa)"
    r"|word count[^\])*\n]{0,30}|\d{1,4} words|in (?:spanish|portuguese|english)"
    r"|(?:response|reply|answer|responding|respuesta|resposta)(?: in| en| em)? ?[a-zñçãê]{0,12}"
    r"|(?:english |spanish |literal )?(?:translation|traducción|tradução)\s?[:：][^\n]{1,500}"
    r"|(?:sends?|sending|waits?|waiting|awaits?|awaiting|pausa|espera(?:ndo)?)\b[^\])*\n]{0,60})"
    r"[\])*_]{1,3}\.?",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[\s>*_\[(#-]{0,9}(?:(?:internal |final |additional |important )?(?:notes?|notas?|p\.? ?s"
    r"|p\.? ?d|explanation|explicación|explicação|rationale|justificación|justificativa|reasoning"
    r"|razonamiento|disclaimer|comment|comentario|observación|observação|context|contexto)"
    r"(?: (?:for|to|on|para|de|sobre|interna?)[^\n:]{0,40})?)[*_]{0,3}\s?[:：.]",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"[\s>*_\[(#-]{0,9}(?:sources?|fuentes?|fontes?|references?|referencias?|based on|basado en"
    r"|baseado n?[oa]s?|ver|vide|see|cf\.)[*_]{0,3}\s?[:：]?[*_]{0,3}\s?"
    r"(?:the |el |la |los |las |o |a )?(?:knowledge(?: base)?,? ?|base de conocimientos?,? ?)?"
    r"(?:passages?|pasajes?|passage[mn]s?|trechos?|fragmentos?)?[\s\[\]\d,yande#]{0,40}[.)\]*_\s]{0,6}",
    re.IGNORECASE,
)
#: Only who wrote the reply can say this.
_OF_ITSELF = re.compile(
    r"\b(?:passages?|pasajes?|passage[mn]s?|knowledge base|base de conocimientos?|confidence"
    r"|system prompt|the prompt|(?:my|system|given) instructions|as an ai|word limit"
    r"|i(?:'ve|’ve| have)? (?:also )?(?:answered|responded|replied|kept|wrote|written|assumed"
    r"|avoided|translated|used the|did not include|didn't include)"
    r"|(?:this|my|the above) (?:response|reply|answer|message) (?:is|was|uses|follows|assumes|keeps"
    r"|addresses|answers|avoids|stays)"
    r"|(?:the|this) (?:user|customer|contact) (?:asked|wrote|is|was|wants|seems|did|didn't)"
    r"|(?:he )?respondid?[oí]|respondi|us[eé] (?:el|la|los)|utilic[eé]|mantuve|he usado"
    r"|he mantenido|asum[ií]|assumi|mantive|usei|(?:esta|essa) (?:respuesta|resposta)"
    r" (?:se basa|usa|sigue|es|está|é|foi|segue|asume|mantiene)"
    r"|(?:el|la|o|a) (?:cliente|usuari[oa]|usuário|usuária|contacto|contato) (?:preguntó|pregunta"
    r"|escribió|escribe|pidió|pide|quiere|está|perguntou|pergunta|escreveu|pediu|quer))\b",
    re.IGNORECASE,
)
#: A line of what only the writer of the reply knows, alone at its head or its end.
_SELF_TALK = re.compile(
    r"(?:passages?|pasajes?|passage[mn]s?|trechos?) \[?\d|\bknowledge base\b"
    r"|\bcheck the knowledge\b"
    r"|\b(?:la|a|nuestra|nossa) base de (?:conocimientos?|conhecimento)\b|\bsystem prompt\b"
    r"|\b(?:my|mis|minhas) (?:instructions|instrucciones|instruções)\b"
    r"|\b(?:this|my) (?:answer|response|reply) (?:is based|meets|follows|uses|addresses|complies)"
    r"|\b(?:esta|mi|essa|minha) (?:respuesta|resposta) (?:se basa|cumple|sigue|está basada"
    r"|é baseada)"
    r"|\bi hope this (?:answer|response|reply)\b"
    r"|^\W{0,4}(?:i'll|i’ll|i will|i should|i'm going to|let me) (?:now )?(?:answer|respond|reply"
    r"|write)\b"
    r"|^\W{0,4}(?:voy a|debo|vou|devo) (?:responder|contestar|redactar|escribir|escrever)\b",
    re.IGNORECASE,
)
#: What a program shows while it works, and notes to nobody.
_WORKING = re.compile(
    r"\W{0,6}(?:thought for \d{1,4} (?:s|seconds)|found \d{1,3} passages?"
    r"|(?:tool|function)(?: call)?: ?\w{1,40}\([^\n]{0,200}\)|note that i\b[^\n]{0,300}"
    r"|internal(?: note)?: [^\n]{1,300}|todo: [^\n]{1,300}"
    r"|(?:the )?assistant(?:'s|’s) (?:response|reply|answer))\W{0,4}",
    re.IGNORECASE,
)
#: A label of the reply that is all of the first line.
_LABELLED = re.compile(
    r"\W{0,4}(?:(?:whatsapp|agent|bot|assistant|final|suggested) )?"
    r"(?:reply|response|answer|output|respuesta|resposta)(?: \([a-zñãê ]{1,12}\))?\W{0,3}:\W{0,3}",
    re.IGNORECASE,
)
_LAST_TURN = re.compile(r"(?:user|human):[^\n]{0,400}", re.IGNORECASE)
_TRANSLATED = re.compile(
    r"\W{0,4}(?:english|spanish|portuguese) (?:translation|version)\W{0,4}:", re.IGNORECASE
)
_OFFERS_ANOTHER = re.compile(
    r"[\s*_(\[-]{0,6}(?:let me know if you(?:'d| would)? (?:like|want|need|prefer)"
    r"|would you like me to|do you want me to|feel free to (?:adjust|modify|edit|adapt)"
    r"|i can also (?:adjust|make|rewrite)|(?:avísame|dime|me dices) si (?:quieres|deseas|prefieres)"
    r"|¿?(?:quieres|deseas) que (?:ajuste|cambie|modifique|reescriba|haga)"
    r"|quer que eu (?:ajuste|mude|reescreva)|me avise se quiser)\b"
    r"[^\n]{0,120}\b(?:tone|repl(?:y|ies)|response|wording|version|draft|rephrase|rewrite|shorter"
    r"|tono|respuesta|versión|borrador|redacción|tom|resposta|versão|rascunho)\b",
    re.IGNORECASE,
)
_ASKED_LABEL = (
    r"[*_#>]{0,3}[ \t]?(?:question|pregunta|pergunta|q|p|user|human|customer|client|contact|usuario"
    r"|usuári[oa]|cliente|contacto|contato)[*_]{0,3}[ \t]?[:：]"
)
# bounded: it is matched at one place
_ASKED = re.compile(rf"\s*(?:{_ASKED_LABEL}|\[\d{{1,2}}\][ \t][^\n]{{1,200}}\n)", re.IGNORECASE)
_ASKED_AGAIN = re.compile(rf"^{_ASKED_LABEL}", re.IGNORECASE | re.MULTILINE)
_ANSWERED = re.compile(
    r"^[*_#>]{0,3}[ \t]?(?:answer|respuesta|resposta|reply|response|a|r|agent|agente|asistente"
    r"|assistente|assistant|business|bot|ai)[*_]{0,3}[ \t]?[:：][*_]{0,3}[ \t]?",
    re.IGNORECASE | re.MULTILINE,
)
_RULE = re.compile(r"[ \t]{0,9}(?:-{3,}|\*{3,}|_{3,}|#{2,6}|={3,})[ \t]{0,9}")
#: A turn of somebody's in the text of a conversation.
_SPEAKS = re.compile(
    r"^[ \t]{0,9}(?:#{1,6}[ \t]|\*\*)?(?:(?P<other>user|human|customer|client|contact|usuario"
    r"|usuári[oa]|cliente|contacto|contato)|(?P<own>assistant|asistente|assistente|ai|bot|agent|agente"
    r"|business|model))(?:\*\*)?[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_HUMAN = re.compile(r"\n[ \t]{0,9}\n[ \t]{0,9}Human:(?:[ \t\n]|\Z)")
_ALPACA = re.compile(
    r"^###[ \t](?:(?P<own>response|assistant|answer|output)|instructions?|input|user|human|system)"
    r"[ \t]{0,9}:[ \t]{0,9}(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_CITES = re.compile(
    r"[ \t]?[\[(](?:(?:passages?|pasajes?|passage[mn]s?|trechos?|fragmentos?|sources?|fuentes?"
    r"|fontes?|see|ver|vide|cf\.?)[ \t:]{1,3}){1,2}[\[\]\d, yande#]{1,24}[\])]"
    r"|(?<=[\w.!?;%)»”\"€$])[ \t]?(?:\[\d{1,2}(?:,[ \t]?\d{1,2}){0,4}\]){1,4}(?=[\s.,;:!?]|\Z)",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"^[ \t]{0,9}\[\d{1,2}\]", re.MULTILINE)
# bounded: it is matched at one place
_ACCORDING = re.compile(
    r"\s*(?:according to|based on|as per|según|segundo|de acuerdo (?:con|a)|de acordo com|conforme"
    r"|con base en|com base n[oa]s?|basándome en)\s(?:the |el |la |los |las |al |n?[oa]s? )?"
    r"(?:(?:provided |given |retrieved )?(?:passages?|context|knowledge(?: base)?|pasajes?"
    r"|fragmentos?|passage[mn]s?|trechos?|base de conocimientos?|contexto|conocimiento)"
    r"(?: (?:provided|proporcionad[oa]s?|fornecid[oa]s?|dad[oa]s?|recuperad[oa]s?))?)"
    r"[\[\]\d ,y&#and]{0,24}(?:,|:)\s{1,9}",
    re.IGNORECASE,
)


def without_remarks(text: str) -> str:
    """The text without what is said of it; the text itself where nothing is."""
    text = _without_question(_without_invented_turns(text))
    for _ in range(_MOST):
        shorter = _without_last_remark(_without_first_remark(text))
        if shorter == text:
            break
        text = shorter
    if not _FOOTNOTE.search(text):
        text = _CITES.sub("", text)
    if according := _ACCORDING.match(text):
        rest = text[according.end() :]
        text = rest[:1].upper() + rest[1:]
    return text


def _without_question(text: str) -> str:
    """Without the question that is told again above the answer, or the passages."""
    asked = _ASKED.match(text)
    if asked is None:
        return text
    answers = list(_ANSWERED.finditer(text, asked.end()))
    only = len(answers) == 1 and not _ASKED_AGAIN.search(text, asked.end())
    return text[answers[0].end() :] if only else text


def _without_first_remark(text: str) -> str:
    first, _, rest = text.lstrip().partition("\n")
    marks = (
        _DIRECTION.fullmatch(first.strip()),
        _RULE.fullmatch(first),
        _LABELLED.fullmatch(first),
    )
    talks = any(marks) or _talks(first)
    if rest.strip() and talks:
        return rest
    if announces := _ANNOUNCES.match(text):
        return _unquoted(text[announces.end() :])
    presents = _PRESENTS.match(text)
    if presents is None:
        return text
    what = presents["what"] or presents["bare"]
    for_somebody = _FOR_SOMEBODY.search(what) is not None
    if not (_OF_A_REPLY.search(what) or (_OF_A_MESSAGE.search(what) and for_somebody)):
        return text
    return _unquoted(text[presents.end() :])


def _unquoted(text: str) -> str:
    return text.strip()[1:-1] if _QUOTED.fullmatch(text) else text


def _without_last_remark(text: str) -> str:
    said = text.rstrip()
    start = max(said.rfind("\n") + 1, 0)
    last = said[start:].strip()
    if not last or len(last) > _LONGEST_LINE or not said[:start].strip():
        return text
    cited = _FOOTNOTE.search(text) is not None
    return said[:start] if _is_remark(last, cited=cited) else text


def _talks(line: str) -> bool:
    if len(line) > _LONGEST_LINE or line.lstrip()[:1] in ("-", "•", "+"):
        return False
    talks = _SELF_TALK.search(line) or _WORKING.fullmatch(line.strip())
    return bool(talks) and not _according(line)


def _according(line: str) -> bool:
    """Whether the answer itself is in the line: "According to passage 1, we open at 8"."""
    return _ACCORDING.match(line) is not None


def _is_remark(line: str, *, cited: bool) -> bool:
    if _talks(line) or _LAST_TURN.fullmatch(line) or _TRANSLATED.match(line):
        return True
    if _RULE.fullmatch(line) or _DIRECTION.fullmatch(line) or _OFFERS_ANOTHER.match(line):
        return True
    source = _SOURCE.fullmatch(line)
    if source and not cited and any(sign.isdigit() for sign in line):
        return True
    return bool(_NOTE.match(line) and _OF_ITSELF.search(line))


def _without_invented_turns(text: str) -> str:
    """Up to where the model goes on as the customer."""
    lead = len(text) - len(text.lstrip())
    marker = _ALPACA.match(text, lead)
    if marker and marker["own"]:
        text, lead = text[marker.end() :], 0
    turns = list(_SPEAKS.finditer(text))
    ends = [
        turn.start()
        for turn, after in pairwise(turns)
        if turn["other"] and after["own"] and text[: turn.start()].strip()
    ]
    ends += [found.start() for found in _HUMAN.finditer(text, lead)]
    ends += [it.start() for it in _ALPACA.finditer(text, lead + 1) if not it["own"]]
    return text[: min(ends)] if ends else text
