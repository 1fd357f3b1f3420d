"""gpt-oss's channels, with their signs and without: what the final one says is for the contact.

https://cookbook.openai.com/articles/openai-harmony; servers drop the signs, or a part of them.
"""

from __future__ import annotations

import re

_FINAL = re.compile(
    r"(?:<\|start\|>\s*assistant\s*)?(?:<\|channel\|>\s*)?"
    r"(?:final|commentary\s{1,3}to=[\w.]{0,30}final_result)[^<]{0,80}+"
    r"(?:<\|constrain\|>[^<]{0,80}+)?<\|message\|>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"(?:<\|start\|>[^<]{0,80}+)?<\|channel\|>[^<]{0,200}+(?:<\|constrain\|>[^<]{0,80}+)?"
    r"(?:<\|message\|>|\Z)"
    r"|\b(?:analysis|commentary)\b[^<]{0,120}+<\|message\|>",
    re.IGNORECASE,
)
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_CAPITAL = r"(?=[A-ZÁÉÍÓÚÂÊÔÃÕÀ¿¡{])"
_GLUED_INSIDE = re.compile(rf"\s*(?:assistant)?(?:analysis|commentary){_CAPITAL}")
_GLUED_FINAL = re.compile(rf"assistantfinal|(?:(?<=[\s.!?])|\A)final{_CAPITAL}")
#: A name alone in its line, as nobody writes it to a customer: in small letters.
_LINE = re.compile(
    r"^[*_]{0,2}(?:channel[ \t]?[:=][ \t]?)?(?:assistant[ \t]?)?"
    r"(?P<name>analysis|commentary|final|thought|assistant)(?:[ \t]{1,3}to=[^\n]{0,2000}+)?"
    r"[*_]{0,2}[ \t]{0,9}$",
    re.MULTILINE,
)


def final_channel(text: str) -> str:
    """What is said in the final channel; the text itself where it has no signs of channels."""
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


def under_its_name(text: str) -> str:
    """What is said in the final channel, where no more than the channels' names is left."""
    glued = _GLUED_INSIDE.match(text)
    finals = [
        final
        for final in _GLUED_FINAL.finditer(text)
        if glued or final[0] == "assistantfinal" or not text[: final.start()].strip()
    ]
    if finals:
        return text[finals[-1].end() :]
    return "" if glued else _in_lines(text)


def _in_lines(text: str) -> str:
    """Where the first line is a channel's name: what stands under `final`."""
    lead = len(text) - len(text.lstrip())
    if not _LINE.match(text, lead):
        return text
    names = list(_LINE.finditer(text, lead))
    spoken = [at for at, name in enumerate(names) if name["name"] in ("final", "assistant")]
    if not spoken:
        return ""
    after = names[spoken[-1] + 1 :]
    return text[names[spoken[-1]].end() : after[0].start() if after else len(text)]
