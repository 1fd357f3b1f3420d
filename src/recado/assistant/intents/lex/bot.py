"""Which bot of Amazon Lex leads a character's talks, as `intent_engine` names it.

lex:BOTID/ALIASID                            lex:ABCDEFGHIJ/TSTALIASID
lex:BOTID/ALIASID es=LOCALE pt=… en=…        lex:ABCDEFGHIJ/TSTALIASID es=es_ES en=en_GB
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from recado.errors import Unprocessable

PREFIX = "lex:"
LONGEST = 120
#: https://docs.aws.amazon.com/lexv2/latest/dg/how-languages.html
LOCALES: Mapping[str, str] = {"es": "es_419", "pt": "pt_BR", "en": "en_US"}
_BOT = re.compile(r"(?P<bot>[0-9A-Za-z]{10})/(?P<alias>[0-9A-Za-z]{10})")
_LOCALE = re.compile(r"(?P<language>es|pt|en)=(?P<locale>[a-z]{2}_(?:[A-Z]{2}|\d{3}))")


class LexBot(NamedTuple):
    """`locales` are the bot's, by our languages."""

    bot_id: str
    alias_id: str
    locales: Mapping[str, str]


def read_bot(named: str, where: str) -> LexBot:
    """Raises Unprocessable: it is named otherwise."""
    first, *others = named.removeprefix(PREFIX)[:LONGEST].split() or [""]
    found = _BOT.fullmatch(first)
    locales = [_LOCALE.fullmatch(it) for it in others]
    if found is None or len(named) > LONGEST or None in locales:
        raise Unprocessable(
            f"{where} is lex:BOTID/ALIASID, such as lex:ABCDEFGHIJ/TSTALIASID (ten letters and"
            " digits each, from the Lex console), and after it, where they are others than es_419,"
            " pt_BR and en_US, the bot's locales: es=es_ES en=en_GB."
        )
    own = {it["language"]: it["locale"] for it in locales if it is not None}
    return LexBot(found["bot"], found["alias"], {**LOCALES, **own})


def is_lex(named: str) -> bool:
    return named.startswith(PREFIX)


def same_name(theirs: str, ours: str) -> bool:
    """Whether a name of the bot's is one of ours: `BookTable` and `book_table` are."""
    return _plain(theirs) == _plain(ours)


def _plain(name: str) -> str:
    return "".join(it for it in name.lower() if it.isalnum())
