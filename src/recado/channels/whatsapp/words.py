"""What a person would read of an item whose kind is not known here: its words, and its file.

Meta adds kinds of messages before Recado knows them, and leaves out parts of those that it does.
What stands in them under the usual names is shown all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

#: Under these names a person's words stand, the fullest first.
_SAID = frozenset({"body", "text", "caption", "emoji"})
_WORDS = ("body", "text", "caption", "title", "name", "description", "display_text", "emoji")
#: About the message, and not what it says.
_AROUND = frozenset(
    {
        *("id", "from", "from_user_id", "from_parent_user_id", "to", "to_user_id", "recipient"),
        *("to_parent_user_id", "recipient_user_id", "timestamp", "type", "context", "referral"),
        *("errors", "group_id", "origin", "unsupported"),
    }
)
_DEEPEST = 5
_MOST_OBJECTS = 50
_LONGEST = 4096
_FAMILIES = ("image", "video", "audio")
_VOICE = frozenset({"voice", "ptt", "voice_note", "voice_message"})


class Words(NamedTuple):
    """`named`: they are a thing's name, or describe it, and nobody has said them."""

    text: str
    named: bool


def words_of(item: Json) -> Words:
    """The words in the parts of a message that are its own; "" when there are none."""
    own = {name: value for name, value in item.items() if name not in _AROUND}
    kind = item.get("type")
    kind = kind if isinstance(kind, str) else ""
    said = own.get(kind)
    for text in [said] if isinstance(said, str) else said if isinstance(said, list) else ():
        if isinstance(text, str) and text.strip():
            return Words(text.strip()[:_LONGEST], named=False)
    name, text = _first(own)
    return Words(text, named=name not in _SAID)


def words_in(value: Any) -> str:
    """The first text under one of the usual names, the outermost first."""
    return _first(value)[1]


def _first(value: Any) -> tuple[str, str]:
    for found in _objects(value):
        for name in _WORDS:
            text = found.get(name)
            if isinstance(text, str) and text.strip():
                return name, text.strip()[:_LONGEST]
    return "", ""


def file_of(item: Json) -> tuple[str, Json] | None:
    """The type and the details of the file that a message of an unknown type has."""
    for name, value in item.items():
        if name in _AROUND:
            continue
        for found in _objects(value):
            mime_type = found.get("mime_type")
            if isinstance(mime_type, str) and any(_is_text(found.get(k)) for k in ("id", "url")):
                return _kind(name, mime_type), _details(name, found)
    return None


def described(kind: str, details: Any) -> str:
    """An object in one line: `payment notification: reference id ref_1, payment status captured`.

    Its own words, where it has some."""
    if words := words_in(details):
        return words
    told = [f"{_plain(name)} {value}" for name, value in _leaves(details)]
    return f"{_plain(kind)}: {', '.join(told)}"[:_LONGEST] if told else ""


def _kind(name: str, mime_type: str) -> str:
    family = mime_type.partition("/")[0].lower()
    if "sticker" in name:
        return "sticker"
    return family if family in _FAMILIES else "document"


def _details(name: str, found: Json) -> Json:
    keys = ("id", "mime_type", "sha256", "caption", "filename", "url")
    details: Json = {key: found[key] for key in keys if _is_text(found.get(key))}
    if found.get("voice") is True or name in _VOICE:
        details["voice"] = True
    if found.get("animated") is True:
        details["animated"] = True
    return details


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _objects(value: Any) -> Iterator[Json]:
    """The objects in a value, level by level; not more than a message has."""
    level, seen = [value], 0
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for one in level[:_MOST_OBJECTS]:
            if isinstance(one, dict):
                seen += 1
                if seen > _MOST_OBJECTS:
                    return
                yield one
                deeper += one.values()
            elif isinstance(one, list):
                deeper += one
        level = [one for one in deeper if isinstance(one, dict | list)]


def _leaves(details: Any) -> Iterator[tuple[str, str]]:
    for found in _objects(details):
        for name, value in list(found.items())[:_MOST_OBJECTS]:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                continue
            if str(value).strip():
                yield name, str(value).strip()[:200]


def _plain(name: str) -> str:
    return name.replace("_", " ").strip()[:60]
