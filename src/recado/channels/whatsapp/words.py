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
_DEEPEST = 8
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


def words_on_cards(given: Json) -> str:
    """What a message of a header, a body, a footer or cards says, from the top; "" for others."""
    cards = given.get("cards")
    parts = [given.get(name) for name in ("header", "body", "footer")]
    said = [words_in(it) for it in (*parts, *(cards if isinstance(cards, list) else ()))]
    return "\n".join(dict.fromkeys(it for it in said[:_MOST_OBJECTS] if it))[:_LONGEST]


def _first(value: Any) -> tuple[str, str]:
    """The outermost words and the name that they stand under; of things in a row, those of each."""
    level = [value]
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for one in level[:_MOST_OBJECTS]:
            things = one if isinstance(one, list) else [one]
            found = [_own(it) for it in things[:_MOST_OBJECTS] if isinstance(it, dict)]
            if told := [it for it in found if it[1]]:
                return told[0][0], "\n".join(dict.fromkeys(it[1] for it in told))[:_LONGEST]
            for it in things[:_MOST_OBJECTS]:
                deeper += it.values() if isinstance(it, dict) else [it]
        level = [one for one in deeper if isinstance(one, dict | list)]
    return "", ""


def _own(found: Json) -> tuple[str, str]:
    for name in _WORDS:
        if text := _text(found.get(name)):
            return name, text
    return "", ""


def _text(value: Any) -> str:
    """A text, or one that came in pieces; "" for anything else."""
    pieces = [it.strip() for it in (value if isinstance(value, list) else [value]) if _is_text(it)]
    return "\n".join(it for it in pieces if it)[:_LONGEST]


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
    if _is_told(details):
        return f"{_plain(kind)}: {details}"[:_LONGEST]
    told = [f"{_plain(name)} {value}" for name, value in _leaves(details)]
    if isinstance(details, list):
        told += [str(it)[:200] for it in details[:_MOST_OBJECTS] if _is_told(it)]
    return f"{_plain(kind)}: {', '.join(told)}"[:_LONGEST] if told else ""


def has_words(details: Any) -> bool:
    """Whether an object has words under any name, and not only numbers and ids."""
    return any(
        any(sign.isalpha() for sign in value) and name not in _AROUND and not name.endswith("id")
        for name, value in _leaves(details)
    )


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
            told = [it for it in (value if isinstance(value, list) else [value]) if _is_told(it)]
            if told:
                yield name, ", ".join(str(it).strip() for it in told[:_MOST_OBJECTS])[:200]


def _is_told(value: Any) -> bool:
    is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return is_one and bool(str(value).strip())


def _plain(name: str) -> str:
    return name.replace("_", " ").strip()[:60]
