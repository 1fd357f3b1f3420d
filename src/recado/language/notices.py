"""What Recado itself says to a contact, in the contact's language: texts of data/notices.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

#: Types whose content is there, only not understood by itself.
_UNDERSTANDABLE = {"location", "contacts", "order", "interactive"}


def notice(name: str, language: str, **values: str) -> str:
    """The notice `name` in `language` (es, pt, en; anything else gets English)."""
    texts = _texts("notices")[name]
    return texts.get(language, texts["en"]).format(**values)


def receipt(what: str, language: str) -> str:
    """What was given (conversations/asked.py, or a type) has come, and nothing more is needed."""
    return notice("noted", language, what=name_of(what, language))


def name_of(what: str, language: str) -> str:
    """What a contact has sent, in words: "your order"."""
    names = _texts("names")[what]
    return names.get(language, names["en"])


def received(type: str, language: str) -> str:
    """A file has come and was read; what is wanted with it, it does not say."""
    return notice("received", language, what=name_of(type, language))


def notice_for_type(type: str, language: str) -> str:
    """An honest reply to a message without words: a photo, a pin, something unknown."""
    names = _texts("names").get(type)
    if names is None:
        return notice("cannot_read", language)
    name = "received" if type in _UNDERSTANDABLE else "cannot_see"
    return notice(name, language, what=names.get(language, names["en"]))


@cache
def _texts(part: str) -> dict[str, dict[str, str]]:
    """By name, a text by language."""
    found = files(__package__) / "data" / "notices.toml"
    texts: dict[str, dict[str, str]] = tomllib.loads(found.read_text(encoding="utf-8"))[part]
    return texts
