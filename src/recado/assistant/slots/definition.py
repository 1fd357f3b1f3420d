"""What a slot is: a value of a kind, what the contact is asked for it, and what is accepted.

text     what was written ("Ana Gómez")          code    a word with a digit in it ("A-1182")
number   3 · 12.5                                money   an amount, in the slot's currency
date     "2026-03-31"                            time    "17:30"
choice   one of the slot's choices               yes_no  True or False
phone    digits, with a + where one was given    email   an address
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from recado.errors import Unprocessable

Kind = Literal[
    "text", "code", "number", "money", "date", "time", "choice", "yes_no", "phone", "email"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES = ("es", "pt", "en")
MOST_SLOTS, MOST_CHOICES, MOST_WORDS = 20, 30, 20
LONGEST_TEXT, LONGEST_VALUE = 500, 500
#: Where a value stands in an example.
PLACE = re.compile(r"\{([\w.-]{1,64})\}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the values of a choice, and what else people call it."""

    value: str
    words: tuple[str, ...] = ()


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value. `title` and `question` are given by language. `least` and `most` bound a number
    or an amount, and the length of a text. A date lies from today on unless `past` is allowed, and
    at most `days_ahead` days. `leads` are words after which a value stands ("a nombre de …")."""

    name: str
    kind: Kind = "text"
    title: dict[str, str] = {}
    question: dict[str, str] = {}
    required: bool = True
    choices: tuple[Choice, ...] = ()
    least: float | None = None
    most: float | None = None
    currency: str = ""
    past: bool = False
    days_ahead: int | None = None
    leads: tuple[str, ...] = ()

    def titled(self, language: str) -> str:
        """As people call it."""
        return in_language(self.title, language) or self.name.replace("_", " ")


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in the first that there is; "" where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def check_slots(slots: Sequence[Slot], where: str) -> None:
    """Raises Unprocessable: what is wrong with one of them."""
    if len(slots) > MOST_SLOTS:
        raise Unprocessable(f"{where} has {MOST_SLOTS} slots at most.")
    names = [slot.name for slot in slots]
    if len(set(names)) < len(names):
        raise Unprocessable(f"{where} has two slots of one name.")
    for slot in slots:
        _check_slot(slot, f"{where}: the slot {slot.name[:60]!r}")


def _check_slot(slot: Slot, where: str) -> None:
    if not NAME.fullmatch(slot.name):
        raise Unprocessable(
            f"{where}: a name has 1 to 40 small letters, digits and underscores, and begins with a"
            " letter."
        )
    check_texts(slot.title, f"{where}, its title", 60)
    check_texts(slot.question, f"{where}, its question", LONGEST_TEXT)
    if (slot.kind == "choice") != bool(slot.choices):
        raise Unprocessable(f"{where}: a choice has choices, and nothing else has.")
    _check_choices(slot.choices, where)
    if slot.least is not None and slot.most is not None and slot.least > slot.most:
        raise Unprocessable(f"{where}: `least` is more than `most`.")
    if slot.days_ahead is not None and not 0 <= slot.days_ahead <= 3660:
        raise Unprocessable(f"{where}: `days_ahead` is 0 to 3660.")
    if len(slot.currency) > 8 or any(len(it) > 60 for it in slot.leads) or len(slot.leads) > 20:
        raise Unprocessable(f"{where}: its currency or its leading words are too long.")


def _check_choices(choices: Sequence[Choice], where: str) -> None:
    if len(choices) > MOST_CHOICES or any(len(it.words) > MOST_WORDS for it in choices):
        raise Unprocessable(f"{where}: {MOST_CHOICES} choices, {MOST_WORDS} words each at most.")
    said = [it.value for it in choices] + [word for it in choices for word in it.words]
    if any(not text.strip() or len(text) > 60 for text in said):
        raise Unprocessable(f"{where}: a choice is a text of 1 to 60 characters.")
    if len({it.value for it in choices}) < len(choices):
        raise Unprocessable(f"{where}: a choice stands there twice.")


def check_texts(texts: Mapping[str, str], where: str, most: int) -> None:
    """Raises Unprocessable: a text is in no language of ours, or too long."""
    if set(texts) - set(LANGUAGES):
        raise Unprocessable(f"{where} is given by language: {', '.join(LANGUAGES)}.")
    if any(len(text) > most for text in texts.values()):
        raise Unprocessable(f"{where} has {most} characters at most.")


def wrong_with(slot: Slot, value: Any, today: str) -> str:
    """Why a value that was read is not accepted: past, far, least, most, long; "" where it is.
    `today` is a date as in a value."""
    if slot.kind == "date":
        return _wrong_date(slot, str(value), today)
    size = len(value) if isinstance(value, str) else value
    if isinstance(value, str) and size > LONGEST_VALUE:
        return "long"
    bounded = slot.kind in ("number", "money", "text")
    if bounded and slot.least is not None and size < slot.least:
        return "least"
    if bounded and slot.most is not None and size > slot.most:
        return "most"
    return ""


def _wrong_date(slot: Slot, value: str, today: str) -> str:
    from datetime import date

    if not slot.past and value < today:
        return "past"
    if slot.days_ahead is None:
        return ""
    ahead = (date.fromisoformat(value) - date.fromisoformat(today)).days
    return "far" if ahead > slot.days_ahead else ""
