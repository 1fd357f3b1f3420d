"""JSON as models write it: quotes of any kind, commas too many or too few, no end.

One pass over the text. A text that the end has cut is a `Cut`, so that nobody takes it for whole.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_DEEPEST = 24
_CLOSING = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`"}
_KEY = re.compile(r"[^\W\d][\w$.-]{0,60}")
# bounded: it is matched at one place
_AFTER_KEY = re.compile(r"\s*+(?:=>|[:=])")
_QUOTED_KEY = r"[\"'“‘`][^\"'“”‘’`\n]{0,60}(?:[\"'”’`]\s*+(?:[:=]|\Z)|\Z)"
_BARE_KEY = r"[^\W\d][\w$.-]{0,60}\s*+(?:[:=]|\Z)"
_VALUE_ENDS = (
    r"\s*+(?:\Z|[}\])]|,\s*+(?:\Z|[}\])]|//|/\*|#|KEY))|\s*+/\*"
    r"|[ \t\r]*+\n\s*+(?:KEY|[{<]\s*+[\"'|\w])"
)
#: What may follow the quote that ends a value: all other quotes are of the text itself. Names that
#: stand without quotes are looked for only where the object has such names.
# bounded: it is matched at one place
_AFTER_VALUE = {
    "{": re.compile(_VALUE_ENDS.replace("KEY", _QUOTED_KEY)),
    "{bare": re.compile(_VALUE_ENDS.replace("KEY", f"(?:{_QUOTED_KEY}|{_BARE_KEY})")),
    "[": re.compile(r"\s*+(?:\Z|[\],}])"),
    "": re.compile(r""),
}
_SKIPPED = re.compile(r"(?:[\s,;]|//[^\n]*+|#[^\n]*+|/\*[^*]*+\*/)*+")
# bounded: it is matched at one place
_NUMBER = {
    "{": re.compile(r"[-+]?\d++(?:[.,]\d++)?(?=\s*+%?\s*+(?:$|[,}\])]))"),
    "[": re.compile(r"[-+]?\d++(?:\.\d++)?(?=\s*+%?\s*+(?:$|[,}\])]))"),
    "": re.compile(r"[-+]?\d++(?:\.\d++)?"),
}
_BARE = re.compile(r"[^,{}\[\]()\n\"]++")
_WORDS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "\n": ""}


class Cut(str):
    """A text whose end is missing."""

    __slots__ = ()


class NotJson(Exception):
    pass


class Loose(NamedTuple):
    value: Any
    end: int


def parse(text: str, at: int = 0) -> Loose:
    """The value that begins at `at`, and where it ends. Raises NotJson."""
    parser = _Parser(text, at)
    return Loose(parser.value("", 0), parser.at)


class _Parser:
    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def value(self, within: str, depth: int) -> Any:
        self._space()
        sign = self._sign()
        if not sign:
            return Cut("")
        if depth > _DEEPEST:
            raise NotJson
        if sign == "{":
            return self._object("}", depth)
        if sign == "[":
            return self._array(depth)
        if sign in _CLOSING:
            return self._string(within)
        return self._scalar(within)

    def arguments(self) -> dict[str, Any]:
        """What stands in the brackets of a call, `name(text="…", confidence=0.9)`."""
        return self._object(")", 0)

    def _object(self, closing: str, depth: int) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while True:
            self._skip()
            sign = self._sign()
            if sign == closing:
                self.at += 1
                return found
            if not sign or (found and sign in "{[<"):  # its own bracket is missing
                return found
            bare = sign not in _CLOSING
            key = self._key()
            separator = _AFTER_KEY.match(self.text, self.at)
            if separator is None:
                if self.at >= len(self.text):
                    return found
                raise NotJson
            self.at = separator.end()
            found.setdefault(key, self.value("{bare" if bare else "{", depth + 1))

    def _key(self) -> str:
        if self._sign() in _CLOSING:
            return str(self._string("key"))
        bare = _KEY.match(self.text, self.at)
        if bare is None:
            raise NotJson
        self.at = bare.end()
        return bare[0]

    def _array(self, depth: int) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while True:
            self._skip()
            sign = self._sign()
            if sign == "]":
                self.at += 1
                return found
            if not sign:
                return found
            if sign in "})":
                raise NotJson
            found.append(self.value("[", depth + 1))

    def _string(self, within: str) -> str:
        text = self.text
        opening = text[self.at]
        if text.startswith(opening * 3, self.at):
            return self._block(opening * 3)
        closing, start = _CLOSING[opening], self.at + 1
        after = _AFTER_KEY if within == "key" else _AFTER_VALUE[within]
        pieces: list[str] = []
        # bounded: one of three signs
        stop = re.compile(rf"[\\{closing}{opening}]")
        while found := stop.search(text, start):
            pieces.append(text[start : found.start()])
            start = found.end()
            if found[0] == "\\":
                start = self._escape(start, pieces)
            elif found[0] == closing and after.match(text, start):
                self.at = start
                return _whole(pieces)
            else:
                pieces.append(found[0])
        self.at = len(text)
        return Cut(_whole([*pieces, text[start:]]))

    def _block(self, quotes: str) -> str:
        start = self.at + 3
        end = self.text.find(quotes, start)
        if end < 0:
            self.at = len(self.text)
            return Cut(self.text[start:])
        self.at = end + 3
        return self.text[start:end]

    def _escape(self, at: int, pieces: list[str]) -> int:
        sign = self.text[at : at + 1]
        if sign == "u":
            digits = self.text[at + 1 : at + 5]
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                pieces.append(chr(int(digits, 16)))
                return at + 5
        pieces.append(_ESCAPES.get(sign, sign))
        return at + 1

    def _scalar(self, within: str) -> Any:
        if number := _NUMBER[within[:1]].match(self.text, self.at):
            self.at = number.end()
            self._space()
            if self._sign() == "%":
                self.at += 1
            return float(number[0].replace(",", ".")[:40])
        bare = _BARE.match(self.text, self.at)
        if bare is None:
            raise NotJson
        self.at = bare.end()
        word = bare[0].strip()
        return _WORDS.get(word.lower(), word)

    def _sign(self) -> str:
        return self.text[self.at : self.at + 1]

    def _space(self) -> None:
        while self._sign().isspace():
            self.at += 1

    def _skip(self) -> None:
        skipped = _SKIPPED.match(self.text, self.at)
        self.at = skipped.end() if skipped else self.at


def call_arguments(text: str, at: int) -> Loose:
    """The arguments of a call whose bracket opens at `at`. Raises NotJson."""
    parser = _Parser(text, at)
    return Loose(parser.arguments(), parser.at)


def _whole(pieces: list[str]) -> str:
    text = "".join(pieces)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
