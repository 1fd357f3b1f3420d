"""Contacts of an address book (.vcf, vCard 2.1 to 4.0; RFC 6350) to sections, one a person."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

import msgspec

from recado.documents.encodings import decode_text
from recado.documents.reading import LeftOut, Reading, Section
from recado.documents.sections import clean_text
from recado.errors import Unprocessable

MOST_CARDS = 5000
_LONGEST_VALUE = 1000
#: What people look for in a card, with its name here.
_TOLD = {
    "TEL": "Phone", "EMAIL": "Mail", "ORG": "Company", "TITLE": "Job", "ROLE": "Job",
    "ADR": "Address", "URL": "Web", "BDAY": "Birthday", "NOTE": "Note", "NICKNAME": "Known as",
    "IMPP": "Chat",
}  # fmt: skip
_PICTURES = {"PHOTO", "LOGO", "SOUND", "KEY"}
#: Folded lines go on after a line break and a blank (RFC 6350, 3.2).
_FOLD = re.compile(r"\n[ \t]")
_TYPE = re.compile(r"[A-Za-z-]{1,20}")
_NO_TYPES = frozenset({"PREF", "VOICE", "INTERNET", "X-INTERNET", "CHARSET", "ENCODING"})
_ESCAPED = re.compile(r"\\([nN,;:\\])")


class _Line(msgspec.Struct, frozen=True):
    """`label` is the property without its group, `kinds` what sort of number or address it is."""

    label: str
    kinds: tuple[str, ...]
    value: str


def cards_reading(text: str) -> Reading:
    """A section for each person, below their name. Raises Unprocessable: there are none."""
    sections: list[Section] = []
    left_out = 0
    for card in _cards(text):
        if len(sections) >= MOST_CARDS:
            raise Unprocessable(f"The file holds more than {MOST_CARDS} contacts. Split it.")
        named = {line.label: line.value for line in reversed(card)}
        name = named.get("FN") or " ".join(reversed(named.get("N", "").split())).strip()
        name = name or named.get("ORG", "") or named.get("TEL", "") or named.get("EMAIL", "")
        left_out += sum(1 for line in card if line.label in _PICTURES)
        told = [_told(line) for line in card if line.label in _TOLD and line.value]
        if name or told:
            sections.append(Section((name,) if name else (), "\n".join(told) or name))
    if not sections:
        raise Unprocessable("The file holds no contacts. Export them again as .vcf.")
    notes = [LeftOut("Left out, as pictures of contacts", str(left_out))] if left_out else []
    return Reading(tuple(sections), {"contact": len(sections)}, tuple(notes))


def _told(line: _Line) -> str:
    kinds = f" ({', '.join(line.kinds)})" if line.kinds else ""
    return f"- {_TOLD[line.label]}{kinds}: {line.value}"


def _cards(text: str) -> Iterator[list[_Line]]:
    card: list[_Line] = []
    lines = _FOLD.sub("", clean_text(text)).split("\n")
    at = 0
    while at < len(lines):
        written = lines[at]
        at += 1
        if "QUOTED-PRINTABLE" in written[:200].upper():  # goes on after a line's `=`
            parts = [written]
            while parts[-1].endswith("=") and at < len(lines):
                parts[-1] = parts[-1][:-1]
                parts.append(lines[at])
                at += 1
            written = "".join(parts)
        line = _line(written)
        if line is None:
            continue
        if line.label == "BEGIN":
            card = []
        elif line.label == "END":
            yield card
            card = []
        elif len(card) < MOST_CARDS:
            card.append(line)
    if card:
        yield card


def _line(written: str) -> _Line | None:
    """`item1.TEL;TYPE=CELL:+34 600 …`: a group, the property, its parameters and value."""
    head, colon, value = written.partition(":")
    if not colon or len(head) > 400:
        return None
    name, *parameters = head.split(";")
    label = name.rpartition(".")[2].strip().upper()
    given = [it.partition("=") for it in parameters]
    if any(
        it[2].upper() == "QUOTED-PRINTABLE" or it[0].upper() == "QUOTED-PRINTABLE" for it in given
    ):
        value = decode_text(quopri.decodestring(value.encode("utf-8")).replace(b"\0", b""))
    kinds = [
        kind.lower()
        for key, equals, listed in given
        if not equals or key.upper() == "TYPE"
        for kind in (listed if equals else key).strip('"').split(",")
        if _TYPE.fullmatch(kind) and kind.upper() not in {*_NO_TYPES, "QUOTED-PRINTABLE"}
    ]
    return _Line(label, tuple(dict.fromkeys(kinds)), _plain(value[: 4 * _LONGEST_VALUE]))


def _plain(value: str) -> str:
    """A value without what it is escaped and parted with."""
    parts = re.split(r"(?<!\\);", value)
    joined = " ".join(part.strip() for part in parts if part.strip())
    unescaped = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], joined)
    return " ".join(unescaped.removeprefix("tel:").split())[:_LONGEST_VALUE]
