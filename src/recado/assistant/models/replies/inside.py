"""What of a text is a model's inside: reasoning, tool calls, the signs of its chat template.

A span is found by its marks. A mark may lack its other half: what stands before a lone end of
reasoning is reasoning, and so is what follows a beginning that never ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_THINKING = (
    r"(?:ant[_-]?|seed:|assistant[_-]?|my[_-]?|model[_-]?|inner[_-]?|self[_-]?|internal[_-]?)?"
    r"(?:think(?:ing)?|thoughts?|reasoning|reflection|scratch[_ -]?pad|monologue"
    r"|chain[_ -]?of[_ -]?thoughts?|rationale)(?:[_ -](?:process|content|block|steps?|trace))?"
)
#: Words that a business may put in angle brackets too: reasoning where they come in pairs.
_PERHAPS = r"(?:reason|analysis|planning|plan|internal|hidden|deliberation|cot|commentary|draft)"
_TOOLS = (
    r"(?:antml:)?(?:tools?[_▁-](?:calls?|uses?|code|responses?|results?|outputs?|requests?)"
    r"|function[_▁-](?:calls?|responses?|results?|outputs?)|functions?(?=[=:])|tool(?==)|invoke"
    r"|parameter(?==)|arg_(?:key|value)|available_tools|(?<=/)(?:functions?|tools?|parameter))"
)
_LESS, _MORE = r"(?:<|&lt;|＜|〈)", r"(?:>|&gt;|＞|〉)"
_REST = r"(?:[\s=:][^<>\n]{0,200}+)?"
_BEGINS = r"[_▁-](?:section[_▁-])?(?:begin|start)"


def _marks(name: str) -> str:
    """A beginning or an end (group `e…`) of a span of this name."""
    sp = r"\s{0,3}+"
    return (
        rf"{_LESS}{sp}(?P<e1>/)?{sp}{name}{_REST}{sp}/?{_MORE}"
        rf"|[<＜][|｜]{sp}(?:(?P<e2>/|end(?:[_▁-]of)?[_▁-])|(?:start|begin)(?:[_▁-]of)?[_▁-])?{name}"
        rf"(?:(?P<e3>[_▁-](?:section[_▁-])?end)|{_BEGINS})?{sp}[|｜][>＞]"
        rf"|◁{sp}(?P<e4>/)?{sp}{name}{sp}▷"
        rf"|\[{sp}(?P<e5>/)?{sp}{name}{sp}\](?!\()"
    )


def _compiled(name: str) -> re.Pattern[str]:
    # bounded: each repetition has its most
    return re.compile(_marks(name), re.IGNORECASE)


_THOUGHT = _compiled(_THINKING)
_THOUGHT_TOKENS = re.compile(r"<unused94>(?:thought)?|(?P<e1><unused95>)")
_DOUBTFUL = re.compile(rf"<(?P<e1>/)?(?P<name>{_PERHAPS})\s{{0,3}}>", re.IGNORECASE)
_TOOL = re.compile(_marks(_TOOLS).rpartition("|\\[")[0], re.IGNORECASE)
_CODE = re.compile(r"(?<!`)`(?!`)[^`\n]++`(?!`)")
_FENCED_INSIDE = re.compile(
    r"```[ \t]*(?:tool_\w+|function_\w+|thinking|thoughts?|think|reasoning|scratchpad)\b"
    r".*?(?:```|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_END_OF_CHANNEL = r"<\|(?:end|return|call|start|channel)\|>"
_FINAL = re.compile(
    r"(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final[^<]{0,80}+<\|message\|>", re.IGNORECASE
)
_CHANNEL = re.compile(
    r"(?:<\|start\|>[^<]{0,80}+)?<\|channel\|>[^<]{0,200}+(?:<\|constrain\|>[^<]{0,80}+)?"
    r"(?:<\|message\|>|\Z)",
    re.IGNORECASE,
)
_CHANNEL_END = re.compile(_END_OF_CHANNEL)
#: gpt-oss, where the server has dropped the signs around the names of its channels.
_BARE_FINAL = re.compile(r"assistantfinal")
_BARE_ANALYSIS = re.compile(r"\s*(?:assistant)?(?:analysis|commentary)(?=[A-Z])")
_OTHERS_TURN = re.compile(
    r"<\|(?:im_start|start)\|>\s*(?:user|system|tool|developer|human)\b"
    r"|<\|(?:start_header_id|role)\|>\s*(?:user|system|tool|ipython)\s*<\|end_header_id\|>"
    r"|<\|(?:user|system|observation|tool|human)\|>|<start_of_turn>\s*user\b|<｜User｜>",
    re.IGNORECASE,
)
_OWN_TURN = re.compile(
    r"<\|(?:im_start|start)\|>\s*(?:assistant|model)\b\s*"
    r"|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>\s*"
    r"|<start_of_turn>\s*model\b\s*|<\|assistant\|>|<｜Assistant｜>",
    re.IGNORECASE,
)
_TURN_ENDS = re.compile(
    r"<\|(?:im_end|eot_id|end|eom_id|endoftext|end_of_text|return|endofturn|end_of_turn)\|>"
    r"|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"<\|[^<>|\s]{1,60}\|>|<｜[^<>｜\s]{1,60}｜>|<\|[a-z_]{1,32}>|<[a-z_]{1,32}\|>"
    r"|</?(?:start|end)_of_(?:turn|image|audio)>|<(?:bos|eos|pad|unk|mask)>|<unused\d{1,3}>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|BOS|EOS)\]|\[/TOOL_CALLS?\]|<</?SYS>>",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"</?s>")
# bounded: each beginning is looked at up to the next
_PROMPT = re.compile(
    r"\[INST\](?:(?!\[/?INST\]).)*+\[/INST\]|<<SYS>>(?:(?!<</?SYS>>).)*+<</SYS>>",
    re.DOTALL,
)


class Stripped(NamedTuple):
    """`words` without the inside; `calls` are the tool calls that were taken out."""

    words: str
    calls: tuple[str, ...] = ()


def strip_inside(text: str, *, kept: Callable[[int], bool] = lambda _at: False) -> Stripped:
    """The text without what is the model's inside; unchanged where there is none.

    `kept` says of a place that it is within something whole of which the marks are a part: a lone
    end of reasoning there does not make reasoning of what precedes it.
    """
    text = _FENCED_INSIDE.sub("", text)
    text = _channels(text)
    text = _thoughts(text, _THOUGHT_TOKENS, kept)
    text = _thoughts(text, _THOUGHT, kept)
    text = _bare_channels(_doubtful(text))
    text, calls = _tools(text)
    return Stripped(_own_turns(text), calls)


def without_tokens(text: str) -> str:
    """The text without the signs of a chat template."""
    text = _TOKEN.sub("", _TURN_ENDS.sub("", _OWN_TURN.sub("", text)))
    # A text that is struck out has both: then they are no signs of beginning and end.
    struck = text.count("<s>") == text.count("</s>") and not text.strip().startswith("<s>")
    return text if struck else _SENTENCE.sub("", text)


def _channels(text: str) -> str:
    """gpt-oss's channels: only what is said in the final one is for the contact."""
    finals = list(_FINAL.finditer(text))
    if finals:
        text = text[finals[-1].end() :]
    pieces, at = [], 0
    for channel in _CHANNEL.finditer(text):
        if channel.start() < at:
            continue
        pieces.append(text[at : channel.start()])
        end = _CHANNEL_END.search(text, channel.end())
        if end is None:
            at = len(text)
        else:
            at = end.start() if end[0] in ("<|start|>", "<|channel|>") else end.end()
    return "".join([*pieces, text[at:]])


def _bare_channels(text: str) -> str:
    finals = list(_BARE_FINAL.finditer(text))
    if finals:
        return text[finals[-1].end() :]
    return "" if _BARE_ANALYSIS.match(text) else text


def _thoughts(text: str, marks: re.Pattern[str], kept: Callable[[int], bool]) -> str:
    pieces: list[str] = []
    at, thinking = 0, False
    for mark in _outside_code(text, marks):
        if _ends(mark):
            if not thinking and not kept(mark.start()):
                pieces.clear()
            at = mark.end() if thinking or not kept(mark.start()) else at
            thinking = False
        elif not thinking:
            pieces.append(text[at : mark.start()])
            at, thinking = mark.end(), True
    return "".join(pieces if thinking else [*pieces, text[at:]])


def _doubtful(text: str) -> str:
    """Reasoning under a name that is a word too: in a pair, or before a lone end."""
    marks = list(_outside_code(text, _DOUBTFUL))
    closed = {mark["name"].lower() for mark in marks if mark["e1"]}
    pieces: list[str] = []
    at, within = 0, ""
    for mark in marks:
        name = mark["name"].lower()
        if mark["e1"]:
            if within == name:
                at, within = mark.end(), ""
            elif not within:
                pieces.clear()
                at = mark.end()
        elif not within and (name in closed or not text[: mark.start()].strip()):
            pieces.append(text[at : mark.start()])
            at, within = mark.end(), name
    return "".join(pieces if within else [*pieces, text[at:]])


def _tools(text: str) -> tuple[str, tuple[str, ...]]:
    pieces: list[str] = []
    calls: list[str] = []
    at, depth, opened = 0, 0, 0
    for mark in _outside_code(text, _TOOL):
        if _ends(mark):
            depth = max(0, depth - 1)
            if depth == 0:
                calls.append(text[opened : mark.end()] if opened >= at else "")
                at = opened = mark.end()
        else:
            if depth == 0:
                pieces.append(text[at : mark.start()])
                at = opened = mark.start()
            depth += 1
    if depth:
        calls.append(text[opened:])
        return "".join(pieces), tuple(calls)
    return "".join([*pieces, text[at:]]), tuple(calls)


def _own_turns(text: str) -> str:
    """Without the prompt that is told again, and without turns that are not the model's own."""
    text = _PROMPT.sub("", text)
    pieces, at = [], 0
    for turn in _OTHERS_TURN.finditer(text):
        if turn.start() < at:
            continue
        pieces.append(text[at : turn.start()])
        ends = (mark.search(text, turn.end()) for mark in (_TURN_ENDS, _OWN_TURN))
        found = [end for end in ends if end]
        at = min((end.end() for end in found), default=len(text))
    return "".join([*pieces, text[at:]])


def _outside_code(text: str, marks: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The marks that are not quoted: in `code`, they are words."""
    codes = _CODE.finditer(text)
    code = next(codes, None)
    for mark in marks.finditer(text):
        while code is not None and code.end() <= mark.start():
            code = next(codes, None)
        if code is None or not code.start() < mark.start() < code.end():
            yield mark


def _ends(mark: re.Match[str]) -> bool:
    return any(mark.groupdict().values())
