"""Structures in a text: replies, and the calls and figures that are not for the contact."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from recado.assistant.models.replies.asides import unannounced
from recado.assistant.models.replies.lenient import Cut, NotJson, call_arguments, parse
from recado.assistant.models.replies.shapes import Reply, answers, is_about, is_call, reply_of

_MOST_SHAPES = 40
_MOST_TIMES = 4
_LONGEST_CALL = 8_000
# bounded: each repetition has its most
_SHAPE = re.compile(
    r"(?P<fence>```[ \t]*(?:json5?|jsonc|javascript|js|text)?[ \t]*\n?\s{0,20}+)?"
    r"(?P<open>\{(?=\s{0,40}+(?:(?://|#)[^\n]{0,200}+\n\s{0,40}+)?(?:[\"'“‘`\\][^\"'”’`\n]{1,60}[\"'”’`]|[^\W\d][\w-]{0,40}+)\s{0,9}+:)"
    r"|\[(?=\s{0,40}+(?:\{|\"[^\"\n]*+\"\s{0,9}+[,\]])))"
)
_FENCE_END = re.compile(r"\s{0,40}+```")
_CALL = re.compile(
    r"(?:^|(?<=\n))[ \t]*(?:to=|call:|print\(|return |await |[a-z_]{1,20} = ){0,3}"
    r"(?:(?:functions?|tools?|default_api|api)[.:](?P<name>\w{1,60})(?::\d{1,3})?|"
    r"(?P<own>final_result|(?:Final)?(?:Reply|Result|Answer)(?=\(text=)))[ \t]{0,4}(?P<open>[({])"
)
#: A call that is all of its line, outside of code.
_LINE_CALL = re.compile(
    r"(?:^|(?<=\n))[ \t>→•*-]{0,6}(?P<list>\[)?`{0,2}"
    r"(?:(?:[Cc]alling )?(?:[Tt]ool|[Ff]unction)(?:[ _][Cc]all)?: )?"
    r"(?:print\(|return |await |[a-z_]{1,20} = ){0,3}"
    r"(?P<name>(?:[a-z]{1,20}\.){0,2}(?:[a-z]{1,20}(?:_[a-z0-9]{1,20}){1,5}"
    r"|(?:search|lookup|query|find|buscar|consultar|pesquisar)(?:[A-Z]\w{1,30})?"
    r"|(?:get|fetch|check|send)[A-Z]\w{1,30}|print(?=\(\w{1,30}\)\s{0,9}\Z)))(?P<open>\()"
)
_NEXT_IN_LIST = re.compile(r"\s{0,9},\s{0,9}[\w.]{1,60}\(")
_LINE_ENDS = re.compile(r"[ \t)\];`]*+(?:\n|\Z)")
_TOOL_MARK = re.compile(
    r"\[TOOL_CALLS?\]|(?:^|(?<=\n))TOOL_CALLS?\b|<\|(?:python_tag|tool_calls?|action_start)\|>"
)
_FENCE_BEFORE = re.compile(r"```[ \t]*\w{0,12}\s{0,9}\Z")
#: What a call is given without a name.
_FIRST_GIVEN = re.compile(r"\(\s{0,40}+[{\"']")
_EMPTY_FENCE = re.compile(r"```[ \t]*\w{0,12}\s{0,9}```")
_MARK_ENDS = re.compile(r"<\|(?:eom_id|eot_id|action_end|im_end)\|>|</?s>")
_NAMED = re.compile(
    r"\s{0,9}(\w{1,60})\s{0,9}(?:\[ARGS\]|\[CALL_ID\]\w{1,40}\[ARGS\])?\s{0,9}(?=[{(])"
)


class Shape(NamedTuple):
    """A structure in a text, with the fence around it: a reply, or (`dropped`) the inside."""

    start: int
    end: int
    reply: Reply | None
    about: dict[str, Any] | None
    dropped: bool


def shapes_in(text: str) -> Iterator[Shape]:
    """The structures in a text that are the model's, in order."""
    whole = _once_encoded(text.strip())
    if whole.startswith(('{\\"', '"{', "'{", "{&quot;")) and (reply := reply_of(_unescaped(whole))):
        yield Shape(0, len(text), reply, None, False)
        return
    at = 0
    for _ in range(_MOST_SHAPES):
        found = _next(text, at)
        if found is None:
            return
        shape, at = found
        if shape is not None:
            yield shape


def _once_encoded(text: str) -> str:
    """A text that was made JSON several times over, made it once."""
    for _ in range(_MOST_TIMES):
        if not text.startswith('"\\"'):
            break
        try:
            value = json.loads(text)
        except ValueError:
            break
        text = value if isinstance(value, str) else text
    return text


def _unescaped(text: str) -> str:
    text = html.unescape(text) if text.startswith("{&quot;") else text
    return text.replace('\\"', '"') if text.startswith('{\\"') else text


def _next(text: str, at: int) -> tuple[Shape | None, int] | None:
    """The first structure from `at` on, and where to go on; None: there is none."""
    candidates = [
        (found, read)
        for pattern, read in (
            (_SHAPE, _object_at),
            (_CALL, _call_at),
            (_LINE_CALL, _line_call_at),
            (_TOOL_MARK, _marked_at),
        )
        if (found := pattern.search(text, at))
    ]
    if not candidates:
        return None
    found, read = min(candidates, key=lambda it: it[0].start())
    try:
        shape = read(text, found)
    except NotJson:
        shape = None
    return shape, max(shape.end, found.end()) if shape else found.end()


def _object_at(text: str, found: re.Match[str]) -> Shape | None:
    value, end = parse(text, found.start("open"))
    if fence := found["fence"] and _FENCE_END.match(text, end):
        end = fence.end()
    start = found.start() if found["fence"] else found.start("open")
    alone = not (text[:start] + text[end:]).strip()
    reply = reply_of(value)
    if reply is not None and not alone and not _is_ours(value):
        return None  # somebody's example
    if (
        reply is None
        and alone
        and isinstance(value, list)
        and all(isinstance(one, str) for one in value)
    ):
        joined = "\n".join(value)
        cut = any(isinstance(one, Cut) for one in value)
        return Shape(start, end, Reply(text=joined, cut=cut), None, False)
    about = value if isinstance(value, dict) and is_about(value) else None
    dropped = alone or about is not None or _calls(value)
    return Shape(start, end, reply, about, dropped) if reply or dropped else None


def _calls(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(one, dict) and is_call(one) for one in values)


def _is_ours(value: Any) -> bool:
    """Whether an object among words is the reply, and not an example in it."""
    if isinstance(value, list):
        return any(_is_ours(one) for one in value)
    if not isinstance(value, dict):
        return False
    keys = {str(key).strip().lower() for key in value}
    if keys & {"text", "answer", "response", "reply", "final_answer", "final_result", "confidence"}:
        return True
    return is_call(value) or bool(keys & {"known", "asked_for_person", "sources"})


def _call_at(text: str, found: re.Match[str]) -> Shape | None:
    value, end = _arguments_at(text, found.start("open"))
    while text[end : end + 1] == ")":
        end += 1
    name = found["own"] or found["name"]
    reply = (
        reply_of({"text": value} if isinstance(value, str) else value) if answers(name) else None
    )
    start = found.start()
    opened, closed = (
        _FENCE_BEFORE.search(text[max(0, start - 40) : start]),
        _FENCE_END.match(text, end),
    )
    if opened and closed:
        start, end = start - len(opened[0]), closed.end()
    return Shape(start, end, reply, None, True)


def _line_call_at(text: str, found: re.Match[str]) -> Shape | None:
    if text.count("```", 0, found.start()) % 2:
        return None
    end = _closed(text, found.end())
    while found["list"] and (more := _NEXT_IN_LIST.match(text, end)):
        end = _closed(text, more.end())
    ends = _LINE_ENDS.match(text, end)
    return Shape(found.start(), ends.end(), None, None, True) if ends else None


def _closed(text: str, at: int) -> int:
    """Where the bracket of a call ends that has been opened before `at`."""
    depth, quote = 1, ""
    for place in range(at, min(len(text), at + _LONGEST_CALL)):
        sign = text[place]
        if quote:
            quote = "" if sign in (quote, "\n") else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return place + 1
    return len(text)


def _arguments_at(text: str, at: int) -> tuple[Any, int]:
    """The arguments of a call and their end; of those that nobody can read, the end of the line."""
    try:
        first = _FIRST_GIVEN.match(text, at)
        if first:
            value, end = parse(text, first.end() - 1)
            return value, end + (text[end : end + 1] == ")")
        return call_arguments(text, at) if text[at] == "(" else parse(text, at)
    except NotJson:
        end = text.find("\n", at)
        return None, len(text) if end < 0 else end


def _marked_at(text: str, found: re.Match[str]) -> Shape | None:
    """What follows `[TOOL_CALLS]` and the like: calls as JSON or with their name before them."""
    end, reply = found.end(), None
    while True:
        named = _NAMED.match(text, end)
        start = named.end() if named else end
        while text[start : start + 1] in (" ", "\n", "\t"):
            start += 1
        if text[start : start + 1] not in ("{", "[", "("):
            break
        value, stop = _arguments_at(text, start)
        called = {"name": named[1], "arguments": value} if named else value
        reply, end = reply_of(called) or reply, stop
        if text[end : end + 1] in (",", ";"):
            end += 1
    if end == found.end():
        ends = _MARK_ENDS.search(text, end)
        end = ends.end() if ends else len(text)
    return Shape(found.start(), end, reply, None, True)


#: The reply in a call that is written as tags.
_TOLD = re.compile(
    r"<[^<>\s]{0,20}parameter[= ](?:name=)?[\"']?text\b[^<>\n]{0,60}>"
    r"|<text>|<arg_key>\s{0,9}text\s{0,9}</arg_key>\s{0,9}<arg_value>"
)
_TOLD_ENDS = re.compile(r"</[^<>\s]{0,20}(?:parameter|text|arg_value)>")


def called_in(call: str) -> Reply | None:
    """The reply in a tagged call of the tool for it."""
    if "final_result" not in call:
        return None
    if told := _TOLD.search(call):
        end = _TOLD_ENDS.search(call, told.end())
        return Reply(text=call[told.end() : end.start()].strip()) if end else None
    found = _SHAPE.search(call)
    try:
        return reply_of(parse(call, found.start("open")).value) if found else None
    except NotJson:
        return None


def without(text: str, shapes: Sequence[Shape]) -> str:
    pieces, at = [], 0
    for shape in shapes:
        if shape.dropped:
            before = text[at : shape.start]
            is_call = shape.about is None and shape.reply is None
            pieces.append(unannounced(before) if is_call else before)
            at = shape.end
    return _EMPTY_FENCE.sub("", "".join([*pieces, text[at:]]))
