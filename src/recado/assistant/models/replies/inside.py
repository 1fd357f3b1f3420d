"""What of a text is a model's inside: reasoning, tool calls, the signs of its chat template.

A span is found by its marks. A mark may lack its other half: what stands before a lone end of
reasoning is reasoning, and so is what follows a beginning that never ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from recado.assistant.models.replies.asides import unannounced
from recado.assistant.models.replies.banners import within_banners
from recado.assistant.models.replies.channels import final_channel, under_its_name
from recado.assistant.models.replies.elements import without_elements
from recado.assistant.models.replies.shapes import ANSWERING

_THINKING = (
    r"_{0,2}(?:[a-z]{1,12}:|ant[_-]?|assistant[_-]?|my[_-]?|model[_-]?|inner[_-]?|self[_-]?|internal[_-]?)?"
    r"(?:think(?:ing)?|thoughts?|reasoning|reflection|scratch[_ -]?pad|monologue"
    r"|chain[_ -]?of[_ -]?thoughts?|rationale)"
    r"(?:[_ -](?:process|content|block|steps?|trace|signature|summary))?"
)
#: Words that a business may put in angle brackets too: reasoning where they come in pairs.
_PERHAPS = r"(?:reason|analysis|planning|plan|internal|hidden|deliberation|cot|commentary|draft)"
_TOOLS = (
    r"(?:[a-z]{1,12}[:_])?(?:tools?[_▁-]?(?:calls?|uses?|code|responses?|results?|outputs?|requests?)"
    r"|function[_▁-](?:calls?|responses?|results?|outputs?)|functions?(?=[=:])|tool(?==)|invoke"
    r"|parameter(?==)|arg_(?:key|value)|available_tools|(?<=[/|｜])(?:functions?|tools?|parameter))"
)
_LESS, _MORE = r"(?:<|&lt;|＜|〈)", r"(?:>|&gt;|＞|〉)"
_REST = r"(?:[\s=:][^<>\n]{0,200}+)?"
_BEGINS = r"[_▁-](?:section[_▁-])?(?:begin|start)"


def _marks(name: str) -> str:
    """A beginning or an end (group `e…`) of a span of this name."""
    sp = r"\s{0,3}+"
    return (
        rf"<(?:start_|(?P<e6>end_)){name}>|<\|{name}>|(?P<e7><){name}\|>"
        rf"|{_LESS}{sp}(?P<e1>/)?{sp}(?:[|｜]\w{{1,12}}[|｜])?{name}{_REST}{sp}/?{_MORE}"
        rf"|[<＜][|｜]{sp}(?:(?P<e2>/|end(?:[_▁-]of)?[_▁-])|(?:start|begin)(?:[_▁-]of)?[_▁-])?{name}"
        rf"(?:(?P<e3>[_▁-](?:section[_▁-])?end)|{_BEGINS})?{sp}[|｜][>＞]"
        rf"|◁{sp}(?P<e4>/)?{sp}{name}{sp}▷"
        rf"|\[{sp}(?P<e5>/)?{sp}{name}{sp}\](?!\()"
    )


def _compiled(name: str) -> re.Pattern[str]:
    # bounded: each repetition has its most
    return re.compile(_marks(name), re.IGNORECASE)


_THOUGHT = _compiled(_THINKING)
_THOUGHT_TOKENS = re.compile(
    r"<unused94>(?:thought)?|(?P<e1><unused95>)"
    r"|<\|channel>[ \t]*\w{0,20}|(?P<e2><channel\|>)"
    r"|<\|inner_prefix\|>|(?P<e3><\|inner_suffix\|>)"
    r"|^Thinking\.\.\.[ \t]*$|^(?P<e4>\.\.\.[ \t]?done thinking\.?)[ \t]*$",
    re.MULTILINE,
)
_DOUBTFUL = re.compile(rf"<(?P<e1>/)?(?P<name>{_PERHAPS})\s{{0,3}}>", re.IGNORECASE)
_TOOL = re.compile(_marks(_TOOLS).rpartition("|\\[")[0], re.IGNORECASE)
_CODE = re.compile(r"(?<!`)`(?!`)[^`\n]++`(?!`)")
_FENCED_INSIDE = re.compile(
    r"```[ \t]*(?:tool_\w+|function_\w+|thinking|thoughts?|think|reasoning|scratchpad)\b"
    r".*?(?:```|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# bounded: each beginning has an end, the text's at the latest
_BLOCKS = re.compile(
    r"\[TOOL_RESULTS?\].*?(?:\[/TOOL_RESULTS?\]|\Z)"
    r"|<details[^<>]{0,200}>\s{0,9}<summary>[^<\n]{0,40}(?:think|reason|thought)[^<\n]{0,40}</summary>"
    r".*?(?:</details>|\Z)"
    r"|<\|recipient\|>\s{0,3}(?!all\b|user\b)\w[^\n<]{0,80}\s{0,3}<\|content\|>"
    r".*?(?=<\|(?:from|stop|end)\|>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_OTHERS_TURN = re.compile(
    r"<\|(?:im_start|start)\|>\s*(?:user|system|tool|developer|human)\b"
    r"|<\|(?:start_header_id|header_start|role)\|>\s*(?:user|system|tool|ipython)\s*"
    r"<\|(?:end_header_id|header_end)\|>"
    r"|<\|(?:user|system|observation|tool|human)\|>|<start_of_turn>\s*user\b|<｜User｜>",
    re.IGNORECASE,
)
_OWN_TURN = re.compile(
    r"<\|(?:im_start|start)\|>\s*(?:assistant|model)\b\s*"
    r"|<\|(?:start_header_id|header_start)\|>\s*assistant\s*<\|(?:end_header_id|header_end)\|>\s*"
    r"|<start_of_turn>\s*model\b\s*|<\|assistant\|>|<｜Assistant｜>",
    re.IGNORECASE,
)
_TURN_ENDS = re.compile(
    r"<\|(?:im_end|eot_id|eot|end|eom_id|endoftext|end_of_text|return|endofturn|end_of_turn)\|>"
    r"|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
# bounded: it is matched at one place
_LEAD = re.compile(rf"(?:\s|<s>|{_OWN_TURN.pattern}|{_TURN_ENDS.pattern})*+", re.IGNORECASE)
_TOKEN = re.compile(
    r"<\|[^<>|\s]{1,60}\|>|<｜[^<>｜\s]{1,60}｜>|<\|[a-z_]{1,32}>|<[a-z_]{1,32}\|>"
    r"|<(?:reserved|special|extra_id|control)_\w{0,20}\d{1,5}>|<fim_(?:prefix|suffix|middle|pad)>"
    r"|</?[a-z]{1,6}:[ ]?[\d, ]{1,12}>|\ue200[^\ue201\n]{0,200}\ue201?"
    r"|(?:^|(?<=\s))/(?:no_?)?think(?=\s|\Z)"
    r"|</?(?:start|end)_of_(?:turn|image|audio)>|<(?:bos|eos|pad|unk|mask)>|<unused\d{1,3}>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|BOS|EOS)\]|\[/TOOL_CALLS?\]|<</?SYS>>",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"</?s>")
#: Whom a message is from or for, where a template says it (Functionary).
_ADDRESSED = re.compile(r"<\|(?:from|recipient)\|>[^\n<]{0,80}\n?")
# bounded: each beginning is looked at up to the next
_PROMPT = re.compile(
    r"\[INST\](?:(?!\[/?INST\]).)*+\[/INST\]|<<SYS>>(?:(?!<</?SYS>>).)*+<</SYS>>",
    re.DOTALL,
)


class Stripped(NamedTuple):
    """`words` without the inside; `calls` are the tool calls that were taken out."""

    words: str
    calls: tuple[str, ...] = ()


#: Of a text, which of its places are within something whole of which the marks are a part: a lone
#: end of reasoning there does not make reasoning of what precedes it.
Within = Callable[[str], Callable[[int], bool]]


def strip_inside(text: str, within: Within = lambda _text: lambda _at: False) -> Stripped:
    """The text without what is the model's inside; unchanged where there is none."""
    text = _BLOCKS.sub("", _without_fenced(text))
    text = within_banners(final_channel(text))
    text = _thoughts(text, _THOUGHT_TOKENS, within)
    text = _thoughts(text, _THOUGHT, within)
    text, calls = _tools(without_elements(_doubtful(text)), within)
    text = _own_turns(text)
    begins = _LEAD.match(text)
    rest = text[begins.end() :] if begins else text
    said = under_its_name(rest)
    return Stripped(text if said == rest else said, calls)


def without_tokens(text: str) -> str:
    """The text without the signs of a chat template."""
    text = _ADDRESSED.sub("", text)
    text = _TOKEN.sub("", _TURN_ENDS.sub("", _OWN_TURN.sub("", text)))
    # A text that is struck out has both: then they are no signs of beginning and end.
    struck = text.count("<s>") == text.count("</s>") and not text.strip().startswith("<s>")
    return text if struck else _SENTENCE.sub("", text)


def _without_fenced(text: str) -> str:
    """Without blocks whose fence says that they are inside; a call of the answer's tool stays."""
    pieces, at = [], 0
    for block in _FENCED_INSIDE.finditer(text):
        if ANSWERING in block[0]:
            pieces.append(
                f"{text[at : block.start()]}\n{block[0].strip('`').partition(chr(10))[2]}"
            )
        else:
            pieces.append(unannounced(text[at : block.start()]))
        at = block.end()
    return "".join([*pieces, text[at:]])


def _thoughts(text: str, marks: re.Pattern[str], within: Within) -> str:
    if not marks.search(text):
        return text
    kept = within(text)
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


def _tools(text: str, within: Within) -> tuple[str, tuple[str, ...]]:
    if not _TOOL.search(text):
        return text, ()
    kept = within(text)
    pieces: list[str] = []
    calls: list[str] = []
    at, depth, opened = 0, 0, 0
    for mark in (mark for mark in _outside_code(text, _TOOL) if not kept(mark.start())):
        if _ends(mark):
            depth = max(0, depth - 1)
            if depth == 0:
                calls.append(text[opened : mark.end()] if opened >= at else "")
                at = opened = mark.end()
        else:
            if depth == 0:
                pieces.append(unannounced(text[at : mark.start()]))
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
