"""WhatsApp's markup as safe HTML: *bold*, _italic_, ~struck~, `code`, ```code```, and links.

Safe by construction: every piece of the text leaves through `escape`, and the only tags are the
ones written here. Line breaks stay as they are; the style sheet keeps them (`pre-wrap`).

Source: https://faq.whatsapp.com/539178204879377 (how to format your messages)
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_MARKS = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?P<url>(?:https?://|www\.)\w[^\s<>\"']*)"
    r"|(?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<em>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<s>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])",
    re.DOTALL | re.IGNORECASE,
)
_TAGS = {
    "strong": Markup("<strong>{}</strong>"),
    "em": Markup("<em>{}</em>"),
    "s": Markup("<s>{}</s>"),
}
#: What ends a sentence rather than an address.
_AFTER_URL = ".,;:!?)]}*_~…»”’"


def render_markup(text: str) -> Markup:
    """The text as HTML. Never raises; never lets a tag, an attribute or a script through."""
    pieces: list[Markup] = []
    end = 0
    for match in _MARKS.finditer(text):
        pieces += [escape(text[end : match.start()]), _marked(match)]
        end = match.end()
    pieces.append(escape(text[end:]))
    return Markup("").join(pieces)


def plain(text: str) -> str:
    """The text without its marks, for previews and page titles."""
    return " ".join(_unmarked(text).split())


def _unmarked(text: str) -> str:
    return _MARKS.sub(
        lambda match: (
            _unmarked(match[str(match.lastgroup)])
            if match.lastgroup in _TAGS
            else match[str(match.lastgroup)]
        ),
        text,
    )


def _marked(match: re.Match[str]) -> Markup:
    kind, inner = str(match.lastgroup), str(match.group(match.lastgroup or 0))
    if kind == "url":
        return _link(inner)
    if kind in {"block", "code"}:
        return Markup("<code>{}</code>").format(inner.strip("\n"))
    # The inner text cannot hold the mark around it, so this ends after three levels at most.
    return _TAGS[kind].format(render_markup(inner))


def _link(url: str) -> Markup:
    shown = url.rstrip(_AFTER_URL)
    href = shown if shown.lower().startswith("http") else f"https://{shown}"
    link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>')
    return link.format(href, shown) + escape(url[len(shown) :])
