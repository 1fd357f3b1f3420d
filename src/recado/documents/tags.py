"""Which angle brackets in a text are HTML, and which hold somebody's words (`<monto>`).

Only names that HTML has can be tags: https://html.spec.whatwg.org/multipage/indices.html. Many of
them are words or letters as well ("data", "del", "time", "a"): those are tags where HTML writes
them so, with a value for an attribute or with the end tag that they need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURELY_NAMES = """
    blockquote body br colgroup dd div dl dt em fieldset figcaption h1 h2 h3 h4 h5 h6 hr html
    iframe img li nobr noscript ol optgroup p rp rt script span strong svg tbody td textarea
    tfoot th thead tr tt ul wbr
"""
_SURELY = frozenset(_SURELY_NAMES.split())
_WORDS_TOO_NAMES = """
    a abbr acronym address area article aside audio b base bdi bdo big button canvas caption
    center cite code col data datalist del details dfn dialog dir embed figure font footer form
    head header hgroup i input ins kbd label legend link main map mark marquee math menu meta
    meter nav object option output param picture pre progress q ruby s samp search section
    select slot small source strike style sub summary sup table template time title track u var
    video
"""
_WORDS_TOO = frozenset(_WORDS_TOO_NAMES.split())
_FLAGS_NAMES = """
    allowfullscreen async autofocus autoplay checked controls default defer disabled hidden loop
    multiple muted nomodule novalidate open playsinline readonly required reversed selected
"""
_FLAGS = frozenset(_FLAGS_NAMES.split())
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]*+)((?:[\s/][^<>]*+)?)>")
_VALUE = re.compile(r"""\s*+([^\s"'<>/=]++)(\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+""")
_DOCTYPE = re.compile(r"<!doctype\b[^<>]*+>", re.IGNORECASE)


class Tags:
    """The tags of a text, whole or in pieces."""

    def __init__(self, text: str) -> None:
        found = [(tag[1], tag[2].lower()) for tag in _TAG.finditer(text)]
        self._opened = {name for end, name in found if not end}
        self._closed = {name for end, name in found if end}

    def spans(self, piece: str) -> Iterator[tuple[int, int]]:
        """Where the tags and comments of a piece begin and end, in order."""
        last_comment = piece.rfind("-->")
        at = 0
        while (start := piece.find("<", at)) >= 0:
            if piece.startswith("<!--", start) and last_comment >= start + 4:
                at = piece.index("-->", start + 4) + 3
            else:
                at = self._end(piece, start)
            if at > start:
                yield start, at
            at = max(at, start + 1)

    def without(self, piece: str) -> str:
        """A piece without its tags and comments; all other angle brackets stay."""
        kept, at = [], 0
        for start, end in self.spans(piece):
            kept.append(piece[at:start])
            at = end
        return "".join([*kept, piece[at:]])

    def closes(self, name: str) -> bool:
        """Whether an end tag of this name is somewhere."""
        return name.lower() in self._closed

    def is_tag(self, written: str) -> bool:
        """Whether `written`, a piece in angle brackets, is HTML."""
        tag = _TAG.fullmatch(written)
        return tag is not None and self._is_tag(tag)

    def _end(self, piece: str, start: int) -> int:
        if doctype := _DOCTYPE.match(piece, start):
            return doctype.end()
        tag = _TAG.match(piece, start)
        return tag.end() if tag and self._is_tag(tag) else start

    def _is_tag(self, tag: re.Match[str]) -> bool:
        ends, name, rest = tag[1], tag[2].lower(), tag[3]
        if name in _SURELY:
            return attributes(rest) is not None
        if name not in _WORDS_TOO:
            return False
        given = attributes(rest)
        if ends:
            return not rest.strip() and name in self._opened
        return given is not None and (given > 0 or name in self._closed)


def attributes(rest: str) -> int | None:
    """How many attributes have a value, in what follows a tag's name; None: these are words."""
    rest, at, valued = rest.strip().rstrip("/").rstrip(), 0, 0
    while at < len(rest):
        attribute = _VALUE.match(rest, at)
        if attribute is None or not (attribute[2] or attribute[1].lower() in _FLAGS):
            return None
        valued += attribute[2] is not None
        at = attribute.end()
    return valued
