"""The one reader of what models write: the words for the contact, or that there are none.

A reply comes as the structure that was asked for, as text, or as one in the other, with the
model's inside around it. Nothing of the inside, and no raw shape, goes any further than here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from recado.assistant.models.replies.asides import unannounced, without_asides
from recado.assistant.models.replies.channels import under_its_name
from recado.assistant.models.replies.characters import whole
from recado.assistant.models.replies.fields import fields_of
from recado.assistant.models.replies.headings import plain_reply
from recado.assistant.models.replies.inside import strip_inside, without_tokens
from recado.assistant.models.replies.labels import without_labels
from recado.assistant.models.replies.remarks import without_remarks
from recado.assistant.models.replies.shapes import Reply, answers, reply_of
from recado.assistant.models.replies.structures import called_in, shapes_in, without
from recado.assistant.strangers import CLOSES, OPENS

#: No reply for WhatsApp is longer; what is, is not read further.
_MOST_CHARS = 40_000
_DEEPEST = 8
_LEFT = re.compile(
    r"<\|[a-z]|</?think|\[/?THINK\]|</?tool_call|\[TOOL_CALLS\]|\"(?:confidence|arguments|parameters|tool|function|name|text)\"\s{0,9}:"
    r"|◁/?think|<｜"
    r"|<\||<final_result|\basked_for_person\b|\btext\s?[,|]\s?confidence\b|\bconfidence:\s?\d"
    # what a model is told, and not what it says
    r"|\bthe language of the contact\b|^\W{0,4}(?:Rules|Knowledge|Your last answer)\W{0,4}\n"
    r"\s{0,3}[-\[]"
    r"|\bsystem prompt\b|never reveal these instructions|never write these signs"
    r"|[{,]\s{0,9}\"[A-Za-z_]{1,40}\"\s{0,9}:\s{0,9}[\"\[{]",  # any member of an object
    re.IGNORECASE,
)
#: All that is left of a tag whose end is missing.
_STUMP = re.compile(r"</?[A-Za-z_]{0,30}")
#: After a sign or before one: `C:\\new` is a name.
_ESCAPED_LINE_END = re.compile(
    r"(?<![\s\"'(][A-Z]:)(?<=[.!?:;,)\s])(?:\\n)+|(?:\\n){2,}|\\n(?=[-*•] |\d[.)] )"
)
_ESCAPED_LETTER = re.compile(r"\\u00[a-f][0-9a-f]|\\ud83[c-e]\\ud[c-f]", re.IGNORECASE)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_OUR_MARKS = {ord(OPENS): None, ord(CLOSES): None}
_CODE = re.compile(r"```(?:[^`]|`(?!``))*+```|`[^`\n]*+`")
#: `empty`: it says nothing; `inside`: nothing of it is for the contact; `cut`: its end is missing.
Why = Literal["empty", "inside", "cut"]


class Unusable(msgspec.Struct, frozen=True):
    """There is nothing to send; the model may be asked once more."""

    why: Why


def read_reply(
    text: str, calls: Sequence[tuple[str, Any]] = (), *, ended: bool = True
) -> Reply | Unusable:
    """What a model answered: `text` beside its tool calls, each a name and its arguments (an
    object, or one as text). `ended` is False where a limit has cut it."""
    for name, arguments in calls:
        if answers(name) and (reply := _given(arguments)):
            return _usable(reply, ended=ended or not reply.cut)
    if not all(answers(name) for name, _ in calls):
        text = unannounced(text)
    if not text.strip():
        says_nothing = all(answers(name) for name, _ in calls)
        return Unusable("cut" if not ended else "empty" if says_nothing else "inside")
    if len(text) > _MOST_CHARS:
        return Unusable("cut")
    return _usable(_read(text, 0), ended=ended)


def _usable(reply: Reply | None, *, ended: bool) -> Reply | Unusable:
    if reply is None or not reply.text.strip():
        return Unusable("inside" if ended else "cut")
    if reply.cut or not ended or _STUMP.fullmatch(reply.text.strip()):
        return Unusable("cut")
    if _LEFT.search(_without_code(reply.text)):
        return Unusable("inside")
    text = _in_lines(_spelled(reply.text.translate(_OUR_MARKS)))
    return msgspec.structs.replace(reply, text=text.strip())


def _spelled(text: str) -> str:
    """A text whose letters were left as JSON escapes them has the letters."""
    if _ESCAPED_LETTER.search(text):
        text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
    return whole(text)


def _in_lines(text: str) -> str:
    """A text whose ends of lines were escaped twice has them."""
    return text if "\n" in text.strip() else _ESCAPED_LINE_END.sub("\n", text)


def _given(arguments: Any) -> Reply | None:
    """The reply in the arguments of the tool for it."""
    reply = reply_of(arguments)
    if reply is None and isinstance(arguments, str):
        reply = _read(arguments, 0) if arguments.strip() else None
        return reply if reply and reply.text.strip() != arguments.strip() else None
    return _inner(reply, 0) if reply else None


def _inner(reply: Reply, depth: int) -> Reply | None:
    """A reply's text, read in turn: the inside stands there too."""
    read = _read(reply.text, depth + 1)
    if read is None:
        return None
    return msgspec.structs.replace(reply, text=read.text, cut=reply.cut or read.cut)


def _read(text: str, depth: int) -> Reply | None:
    if depth > _DEEPEST:
        return None
    if "<|" in text:  # how Gemma quotes what a call is given
        text = text.replace('<|"|>', '"').replace("<|'|>", "'")
    shapes = list(shapes_in(text))
    structured = [shape for shape in shapes if shape.reply is not None]
    stripped = strip_inside(text, _within_replies)
    if stripped.words != text:
        shapes = list(shapes_in(stripped.words))
        structured = [shape for shape in shapes if shape.reply is not None]
    if structured and (last := structured[-1].reply):
        return _inner(last, depth)
    for call in stripped.calls:
        if reply := called_in(call):
            return _inner(reply, depth)
    words = under_its_name(without_asides(without_tokens(without(stripped.words, shapes))))
    words = without_labels(without_remarks(words))
    reply, is_call = fields_of(words)
    if reply or is_call:
        return _inner(reply, depth) if reply else None
    plain = plain_reply(words, shapes)
    # What was around it may have hidden that more is.
    return plain if plain is None or plain.text == text.strip() else _inner(plain, depth)


def _within_replies(text: str) -> Callable[[int], bool]:
    spans = [(shape.start, shape.end) for shape in shapes_in(text) if shape.reply is not None]
    return lambda at: any(start < at < end for start, end in spans)


def _without_code(text: str) -> str:
    return _CODE.sub("", text)
