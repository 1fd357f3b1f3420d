"""What a contact is asked and told around a call, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recado.assistant.strangers import as_data
from recado.assistant.tools.definition import ToolView, in_language
from recado.assistant.tools.filling import fill, in_words

_LONGEST_SUMMARY = 600
_TEXTS: dict[str, dict[str, str]] = {
    "confirm": {
        "es": "Voy a hacer esto: {what}. ¿Lo confirmas?",
        "pt": "Vou fazer isto: {what}. Você confirma?",
        "en": "I'm about to do this: {what}. Do you confirm?",
    },
    "typed": {
        "es": "Responde *sí* o *no*.",
        "pt": "Responda *sim* ou *não*.",
        "en": "Answer *yes* or *no*.",
    },
    "yes": {"es": "Sí", "pt": "Sim", "en": "Yes"},
    "no": {"es": "No", "pt": "Não", "en": "No"},
    "declined": {
        "es": "De acuerdo, no lo hago. ¿Algo más?",
        "pt": "Tudo bem, não vou fazer. Mais alguma coisa?",
        "en": "All right, I won't do it. Anything else?",
    },
    "already": {
        "es": "Eso ya está hecho: {what}.",
        "pt": "Isso já foi feito: {what}.",
        "en": "That is done already: {what}.",
    },
    "lapsed": {
        "es": "Esa confirmación ya no está pendiente. Si todavía lo quieres, dímelo otra vez.",
        "pt": "Essa confirmação não está mais pendente. Se ainda quiser, me diga de novo.",
        "en": "That confirmation is no longer pending. If you still want it, tell me again.",
    },
    "done": {"es": "Listo: {what}.", "pt": "Pronto: {what}.", "en": "Done: {what}."},
    "nothing": {
        "es": "No hay nada sobre eso: {what}.",
        "pt": "Não há nada sobre isso: {what}.",
        "en": "There is nothing on that: {what}.",
    },
    "not_found": {
        "es": "No encuentro nada con esos datos ({what}). ¿Los revisas, por favor?",
        "pt": "Não encontro nada com esses dados ({what}). Pode conferir, por favor?",
        "en": "I can't find anything with these details ({what}). Could you check them, please?",
    },
    "ask": {
        "es": "¿Me dices este dato, por favor? {what}",
        "pt": "Pode me dizer este dado, por favor? {what}",
        "en": "Could you tell me this, please? {what}",
    },
}


def say(name: str, language: str, what: str = "") -> str:
    """The text `name` in `language` (es, pt, en; anything else gets English)."""
    texts = _TEXTS[name]
    return texts.get(language, texts["en"]).replace("{what}", what.rstrip(" ."))


def summary_of(tool: ToolView, arguments: Mapping[str, Any], language: str) -> str:
    """What a call does, with its arguments in words: "Cancelar el pedido 1182"."""
    template = in_language(tool.confirmations, language)
    shown = {name: as_data(in_words(value), 200) for name, value in arguments.items()}
    if template:
        return fill(template, shown).strip()[:_LONGEST_SUMMARY]
    given = ", ".join(f"{title_of(tool, name)}: {value}" for name, value in shown.items())
    return (f"{tool.label} ({given})" if given else tool.label)[:_LONGEST_SUMMARY]


def title_of(tool: ToolView, parameter: str) -> str:
    """A parameter as people call it."""
    described = tool.properties.get(parameter, {})
    return str(described.get("title") or parameter.replace("_", " "))[:60]


def asking_for(tool: ToolView, parameter: str, language: str) -> str:
    """The question for a value that is missing."""
    given = tool.properties.get(parameter, {}).get("x-ask")
    if isinstance(given, str) and given.strip():
        return given.strip()[:500]
    if isinstance(given, dict):
        texts = {str(code): str(text) for code, text in given.items() if str(text).strip()}
        if texts:
            return in_language(texts, language)[:500]
    return say("ask", language, title_of(tool, parameter))
