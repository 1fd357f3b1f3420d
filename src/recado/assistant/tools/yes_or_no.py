"""Whether a contact's words are a yes or a no to what they were asked, and nothing else."""

from __future__ import annotations

from recado.assistant.knowledge.analysis import analyse
from recado.language.detection import LanguageCode
from recado.language.intent import classify_intent
from recado.language.reading import words

_YES = frozenset(
    {
        *("si", "sip", "dale", "claro", "ok", "okay", "confirmo", "confirmado", "hazlo", "hacelo"),
        *("adelante", "sim", "isso", "beleza", "confirma", "pode", "faz", "faca"),
        *("yes", "yeah", "yep", "sure", "confirm", "confirmed"),
    }
)
_NO = frozenset({"no", "nop", "nope", "nao", "n", "nah", "dejalo", "deixa", "dont"})
#: "No sé", "not sure": neither.
_UNSURE = frozenset(
    {"se", "sei", "sure", "know", "entiendo", "entendi", "understand", "idea", "seguro", "certeza"}
)
_BESIDE = frozenset(
    {
        *("por", "favor", "porfa", "gracias", "please", "thanks", "thank", "you", "obrigado"),
        *("obrigada", "mejor", "melhor", "todavia", "ainda", "quiero", "quero", "want", "lo", "it"),
        *("do", "go", "ahead", "hagas", "hazlo", "faca", "eso", "isso", "that", "todo", "bien"),
        *("de", "acuerdo", "ya", "asi", "esta", "yes", "si", "sim", "no", "nao", "ok", "claro"),
    }
)
_MOST_WORDS = 10


def yes_or_no(text: str, language: LanguageCode, about: str) -> bool | None:
    """True, False, or None: it is something else. `about` is what was asked, in words: saying it
    again beside the yes ("sí, cancela el pedido") is still a yes."""
    said = words(text)
    if not said or len(said) > _MOST_WORDS or "?" in text:
        return None
    unsure = bool(_UNSURE & set(said[1:]))
    known = {word.stem for word in analyse(about, language).words} | set(words(about))
    rest = [word for word in said[1:] if word not in _BESIDE]
    new = [
        word
        for word in rest
        if word not in known
        and any(w.stem not in known for w in analyse(word, language).words or ())
    ]
    digits = [word for word in rest if any(sign.isdigit() for sign in word) and word not in known]
    both = bool(_NO & set(said)) and bool(_YES & set(said))
    if new or digits or unsure or both:
        return None
    if said[0] in _NO:
        return False
    if said[0] in _YES:
        return True
    intent = classify_intent(text, language).name
    return {"affirmation": True, "negation": False}.get(intent)
