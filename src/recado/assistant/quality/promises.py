"""What an answer says has been done or will be, and nobody does: "he reservado", "te llamaremos".

A thing that is done is true where a tool did it in this turn, or where a tool or the business said
so in this conversation. One to come is true where the business itself says that it does so ("te la
mandamos en 48 horas").
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recado.assistant.quality.given import Given
from recado.language.reading import fold


class _Deed(NamedTuple):
    """One thing that can be done: how it is said that it is, that it will be, and how a source
    speaks of it."""

    name: str
    done: re.Pattern[str]
    coming: re.Pattern[str]
    said: re.Pattern[str]


def _deed(name: str, done: str, coming: str, said: str) -> _Deed:
    # bounded: words of ours, with at most three others between them
    return _Deed(name, *(re.compile(rf"\b(?:{it})\b") for it in (done, coming, said)))


_ME_ES = r"(?:(?:ya|te|le|les|os|se|lo|la|los|las) ){0,3}"
_HAVE = rf"{_ME_ES}(?:he|hemos|acabo de|acabamos de)"
_WE = r"(?:i|we) (?:have |just |already |ve ){0,3}|(?:i|we) ?ve (?:just |already ){0,2}"
_WILL = r"(?:i|we) ?(?:ll|will|m going to|re going to|am going to|are going to) (?:\w{1,10} )?"
_PT = r"(?:(?:ja|eu|te|lhe|acabei de|acabamos de) ){0,3}"
_PT_WILL = r"(?:vou|vamos) (?:te |lhe )?"
_DEEDS: tuple[_Deed, ...] = (
    _deed(
        "booked",
        rf"{_HAVE} (?:reservad\w|reservar\w{{0,3}}|apartad\w|agendad\w|apuntad\w|anotad\w"
        rf"|confirmad\w)"
        r"|(?:ya )?(?:reserve|agende|aparte|confirme)(?: tu| su| la| una| el)"
        r"|(?:tu|su|la|una) (?:reserva|cita|mesa|plaza|pedido|turno) (?:ya )?(?:esta|queda|quedo|ha"
        r" quedado|ha sido|fue|es|sigue) (?:confirmad|reservad|agendad|apuntad|registrad"
        r"|hech|list)\w"
        r"|(?:queda|quedas|quedo) (?:reservad|confirmad|apuntad|agendad|registrad)\w"
        r"|reserva (?:confirmada|hecha|realizada)|pedido (?:confirmado|realizado|registrado)"
        rf"|(?:{_WE})(?:booked|reserved|scheduled|confirmed|placed|registered)"
        r"|your (?:booking|reservation|table|appointment|order|spot|place) (?:is|has been"
        r"|was) (?:now )?"
        r"(?:confirmed|booked|reserved|placed|scheduled|all set)"
        r"|(?:booking|reservation|order) confirmed|you ?(?:re| are) (?:booked|all set for)"
        rf"|{_PT}(?:reservei|agendei|marquei|confirmei|reservamos sua|agendamos sua|registrei)"
        r"|(?:sua|seu|a sua|o seu) (?:reserva|mesa|consulta|pedido|horario"
        r"|vaga) (?:ja )?(?:esta|foi|ficou"
        r"|fica) (?:confirmad|reservad|agendad|marcad|registrad|feit)\w"
        r"|(?:reserva|consulta) (?:confirmada|feita|marcada)|pedido (?:confirmado|feito)",
        rf"{_ME_ES}(?:reservare|reservaremos|agendare|voy a reservar|vamos a reservar|voy a apartar"
        r"|dejo reservad\w|dejo apuntad\w|anoto|apunto|reservo|agendo|aparto)"
        rf"|{_WILL}(?:book|reserve|schedule|put you down)|{_PT_WILL}(?:reservar|agendar|marcar)",
        r"reserv\w{2,12} por ti|agendad\w|reserved|booked|reservad\w|agendad\w|confirmad\w"
        r"|confirmed",
    ),
    _deed(
        "cancelled",
        rf"{_HAVE} (?:cancelad\w|cancelar\w{{0,3}}|anulad\w|anular\w{{0,3}}|modificad\w|cambiad\w)"
        r"|(?:ya )?(?:cancele|anule|modifique) (?:tu|su|la|el)"
        r"|(?:tu|su|el|la) (?:pedido|reserva|cita|suscripcion|cuenta) (?:ya )?(?:esta|queda"
        r"|quedo|ha sido"
        r"|ha quedado|fue) (?:cancelad|anulad|modificad|eliminad)\w"
        rf"|(?:{_WE})(?:cancelled|canceled|changed your|deleted your|updated your)"
        r"|your (?:order|booking|reservation|subscription|appointment|account) (?:is"
        r"|has been|was) (?:now )?"
        r"(?:cancelled|canceled|deleted|changed|updated)"
        rf"|{_PT}(?:cancelei|anulei|alterei|desmarquei|remarquei)"
        r"|(?:sua|seu|o seu|a sua) (?:pedido|reserva|consulta|conta) (?:ja )?(?:esta|foi|ficou)"
        r" (?:cancelad|alterad|desmarcad|remarcad)\w",
        rf"{_ME_ES}(?:cancelare|cancelaremos|voy a cancelar|vamos a cancelar|cancelo|anulo)"
        rf"|{_WILL}(?:cancel|change your|delete your)|{_PT_WILL}(?:cancelar|alterar|desmarcar)",
        r"cancelad\w|cancelled|canceled|anulad\w|desmarcad\w|remarcad\w",
    ),
    _deed(
        "refunded",
        rf"{_HAVE} (?:devuelto|reembolsad\w|abonad\w|reintegrad\w|hecho el reembolso)"
        r"|(?:tu|su|el) (?:reembolso|devolucion) (?:ya )?(?:esta|ha sido|fue|queda) (?:hech"
        r"|realizad|procesad"
        r"|aprobad|confirmad|en camino)\w{0,2}"
        rf"|(?:{_WE})(?:refunded|credited|processed your refund|issued)"
        r"|your (?:refund|money) (?:is|has been|was) (?:processed|approved|issued|on its way"
        r"|sent|refunded)"
        rf"|{_PT}(?:reembolsei|devolvi|estornei)"
        r"|(?:seu|o seu) (?:reembolso|estorno|dinheiro) (?:ja )?(?:esta|foi) (?:feit"
        r"|processad|aprovad"
        r"|devolvid|confirmad|a caminho)\w{0,2}",
        rf"{_ME_ES}(?:devolvere|devolveremos|reembolsare|reembolsaremos|voy a devolver"
        rf"|vamos a devolver"
        r"|devolvemos (?:el dinero|todo|el importe))"
        rf"|{_WILL}(?:refund|give you (?:your|the|a) (?:money|refund))"
        rf"|{_PT_WILL}(?:reembolsar|devolver|estornar)|(?:te |lhe )?devolveremos|(?:te "
        rf"|lhe )?reembolsaremos",
        r"devol\w{2,9}|reembols\w{1,9}|refund\w{0,3}|money back|dinero|estorn\w{1,5}",
    ),
    _deed(
        "sent",
        rf"{_HAVE} (?:enviad\w|enviar\w{{0,4}}|mandad\w|mandar\w{{0,4}}|escrit\w|remitid\w)"
        r"|(?:ya )?(?:te|le|les|os) (?:envie|mande|escribi)|(?:ya )?(?:envie|mande) (?:un|el"
        r"|la|tu|su)"
        r"|(?:te|le) (?:envio|mando) (?:ahora|ya|un (?:correo|mail|email|mensaje|sms)|una copia)"
        rf"|(?:{_WE})(?:sent|emailed|mailed|texted|forwarded|messaged|dispatched)"
        r"|(?:an|the|your) (?:e ?mail|message|invoice|link|sms|confirmation) (?:is|has been"
        r"|was) (?:just )?sent"
        rf"|{_PT}(?:enviei|mandei|encaminhei)|(?:o|um) (?:e ?mail|link"
        rf"|mensagem) (?:ja )?foi enviad\w",
        rf"{_ME_ES}(?:enviare|enviaremos|mandare|mandaremos|escribire|escribiremos"
        rf"|voy a enviar\w{{0,4}}"
        r"|voy a mandar\w{0,4}|vamos a enviar\w{0,4}|vamos a mandar\w{0,4})"
        r"|(?:te|le|les|os|se lo|se la|te lo|te la) (?:enviamos|mandamos|hacemos llegar)"
        rf"|{_WILL}(?:send|email|mail|text|forward|message)"
        rf"|{_PT_WILL}(?:enviar|mandar|encaminhar)|(?:te |lhe )?(?:enviaremos|mandaremos)"
        r"|(?:te|lhe) (?:enviamos|mandamos)",
        r"(?:te|le|se|lo|la|los|las|os|lhe)? ?(?:env[ií]\w{1,7}|mand\w{1,6})|send|sends|sent"
        r"|email you"
        r"|we email|by email|por correo|por e ?mail",
    ),
    _deed(
        "told",
        rf"{_HAVE} (?:avisad\w|avisar\w{{0,4}}|informad\w|notificad\w|pasad\w (?:tu|su|el"
        rf"|la)|hablad\w con"
        r"|consultad\w|registrad\w|anotad\w|tomad\w nota|escalad\w)"
        r"|(?:ya )?(?:avise|informe|notifique|registre|anote) (?:a|al|tu|su|la|el)"
        rf"|(?:{_WE})(?:told|informed|notified|asked|noted|spoken|forwarded|passed|logged"
        rf"|escalated)"
        rf"|{_PT}(?:avisei|informei|notifiquei|anotei|falei com|encaminhei)",
        r"(?:te|le|les|os) (?:aviso|avisamos|avisare|avisaremos|informaremos|informo"
        r"|confirmo en|confirmamos"
        r"|confirmaremos|contactaremos|contactamos|llamaremos|llamamos|llamo|llamare"
        r"|respondemos|responderemos"
        r"|confirmare|escribo en|respondo en|contacto en)"
        r"|(?:nos pondremos|me pondre|nos ponemos) en contacto|(?:un|una|el"
        r"|la) (?:\w{1,12} ){0,3}(?:te|le)"
        r" (?:llamara|escribira|contactara|respondera|atendera|avisara)"
        r"|se pondra en contacto|voy a (?:avisar|consultar|preguntar|revisar|verificar"
        r"|llamar)\w{0,4}"
        rf"|{_WILL}(?:call|let you know|contact|get back|notify|inform|tell|check (?:with"
        rf"|on)|ask|ring"
        r"|look into|follow up|reach out)"
        r"|(?:someone|somebody|a colleague|our team|a person|an agent|the team) (?:will"
        r"|is going to) "
        r"(?:call|contact|reply|get back|write|reach|answer|follow)"
        rf"|{_PT_WILL}(?:avisar|ligar|informar|verificar|consultar|perguntar|retornar"
        rf"|entrar em contato)"
        r"|(?:te|lhe) (?:aviso|avisamos|avisaremos|ligaremos|ligamos|ligo|retornamos"
        r"|retornaremos|informaremos)"
        r"|entraremos em contato|(?:alguem|uma pessoa|um atendente|a equipe"
        r"|nossa equipe)(?: \w{1,10}){0,2} (?:vai|ira) (?:te |lhe )?"
        r"(?:ligar|responder|entrar|atender|retornar)",
        r"(?:te|le|os|lhe|you) (?:avis|llam|lig|inform|contact|retorn|call)\w{0,6}|avisamos"
        r"|respondemos"
        r"|responde|respond\w{1,4}|we (?:usually )?(?:answer|reply|call|contact|tell|ask)|answers"
        r"|verific\w{1,3}|revisa|looks? (?:at|into) it|checks?|ask the carrier|send a new one",
    ),
)
#: The business calls: that it answers in writing is not the same.
_CALLS = re.compile(
    r"\b(?:te|le|os|lhe|we|will|to) (?:llam\w{1,6}|lig\w{1,6}|call|ring)\b|\bligar\b"
)
#: Somebody takes over now.
_PASSES_ON = re.compile(
    r"\b(?:te|le|lo|la) (?:paso|comunico|transfiero|derivo|conecto|pongo|voy a pasar|estoy pasando"
    r"|estoy transfiriendo) (?:ahora |ya |en contacto |directamente )?(?:con|a)\b"
    r"|\b(?:te|le) paso (?:ya |ahora )?(?:al|con)\b"
    r"|\b(?:i ?ll|i will|i ?m|i am|let me|we ?ll|we ?re) (?:now )?"
    r"(?:transfer|transferring|connect|connecting|pass|passing|hand|handing|put"
    r"|putting)(?:ing)? you\b"
    r"|\b(?:vou|estou) (?:te |lhe )?(?:transferir|transferindo|passar|passando|encaminhar"
    r"|encaminhando)"
    r" (?:voce |para |a )"
)
_ASKS = re.compile(r"\?\s*$")
# one sentence
_SENTENCES = re.compile(r"[^.!?\n]+[.!?]?")
_NOT = re.compile(
    r"\b(?:no|not|nao|nunca|never|si|se|if|cuando|quando|when|once|aun|todavia|ainda|para que|puedo"
    r"|podemos|podria|posso|podemos|can|could|quieres|prefieres|want|would|hasta que|until|after"
    r"|en cuanto|assim que|as soon as|tras|apos)\b"
)


def promised(answer: str, given: Given) -> str | None:
    """The first sentence that tells of what nobody does; None: there is none."""
    for found in _SENTENCES.finditer(answer):
        sentence = found[0].strip()
        folded = fold(sentence).replace("'", " ").replace("’", " ")
        if not folded or _ASKS.search(sentence):
            continue
        for deed in _DEEDS:
            if _is_empty(deed, folded, given):
                return sentence
    return None


def passes_on(answer: str) -> bool:
    """Whether an answer says that a person takes over now, and does not only offer it."""
    for found in _SENTENCES.finditer(answer):
        if _ASKS.search(found[0]):
            continue
        folded = fold(found[0]).replace("'", " ").replace("’", " ")
        passed = _PASSES_ON.search(folded)
        if passed and not _NOT.search(folded[: passed.start()]):
            return True
    return False


def _is_empty(deed: _Deed, folded: str, given: Given) -> bool:
    if given.sends and deed.name == "sent":
        return False  # "te envío la carta": it goes with these words
    done = deed.done.search(folded)
    if done and not _is_open(folded, done):
        return not (given.changed or deed.said.search(fold(given.here.text)))
    coming = deed.coming.search(folded)
    if coming and not _is_open(folded, coming):
        said = _CALLS if _CALLS.search(coming[0]) else deed.said
        return not said.search(fold(given.sources.text))
    return False


def _is_open(folded: str, found: re.Match[str]) -> bool:
    """Said of what is not, or of what may be: "si quieres, te aviso"."""
    return bool(_NOT.search(folded[: found.start()]))
