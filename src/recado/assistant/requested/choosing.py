"""A file that is asked for by what it is: the thing itself, and not what stands in it.

"¿Me mandás la carta?", "tem catálogo?", "price list pdf", "el menú" ask for the file; "¿qué hay en
el menú?", "¿cuánto sale el menú ejecutivo?" are questions, and are answered in words. It goes by
the words of one sentence and of the files' titles and names, and costs linear time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from recado.assistant.port import SendableFile
from recado.assistant.requested.wording import (
    ASKING,
    DENYING,
    FORMS,
    HAVING,
    NAMELESS,
    OWNING,
    SENDING,
    THANKING,
    THING_OF,
)
from recado.language.reading import words

#: More do not go with one answer.
MOST_FILES = 3
#: Who asks for a file says little more.
_MOST_WORDS = 24
#: Words of a request to send that name no file: "mandame la lista de precios de los cortes".
_MOST_BESIDE = 3


class _Wish(msgspec.Struct, frozen=True):
    """One sentence: which things it names, what else, and whether it asks for a file by its form
    or to be sent one, or only names it."""

    things: frozenset[str]
    names: frozenset[str]
    is_for_file: bool


def requested_files(
    sentence: str, files: Sequence[SendableFile], language: str
) -> tuple[SendableFile, ...]:
    """Those that the sentence asks for, the best match only; of the same in several languages, the
    one in `language`. () where it asks for none."""
    if not files:
        return ()
    wish = _wish_in(words(sentence))
    if wish is None:
        return ()
    found = [(score, it) for it in files if (score := _match(wish, it)) is not None]
    if not found:
        return ()
    best = max(score for score, _ in found)
    same = [it for score, it in found if score == best]
    spoken = [it for it in same if it.language == language]
    return tuple((spoken or same)[:MOST_FILES])


def _wish_in(said: Sequence[str]) -> _Wish | None:
    """None: it wants no file."""
    if not said or len(said) > _MOST_WORDS:
        return None
    heard = set(said)
    sends = bool(heard & SENDING)
    has_form = bool(heard & FORMS)
    wants = sends or has_form or bool(heard & HAVING)
    if _is_denied(said) or (heard & THANKING and not wants):
        return None
    if heard & ASKING and not sends:
        return None  # for what stands in it
    names = _names_in(said)
    if any(_is_number(name) for name in names):
        return None  # an order, or a question about one thing in it
    return _Wish(
        things=frozenset(THING_OF[word] for word in said if word in THING_OF),
        names=names,
        is_for_file=sends or has_form,
    )


def _is_denied(said: Sequence[str]) -> bool:
    """ "no me mandes el menú"; "¿no me mandás el menú?" asks, but nobody can tell them apart."""
    after = (
        next_to for word, next_to in zip(said, (*said[1:], ""), strict=True) if word in DENYING
    )
    return any(word not in OWNING for word in after)


def _is_number(name: str) -> bool:
    is_year = len(name) == 4 and name.isdigit()
    return not is_year and any(sign.isdigit() for sign in name)


def _match(wish: _Wish, file: SendableFile) -> tuple[int, int] | None:
    """How well a file is meant: the more of its name is said, and the less of it is not, the
    better. None: it is not."""
    called = words(f"{file.title} {file.source_name.rpartition('.')[0]}")
    things = {THING_OF[word] for word in called if word in THING_OF}
    names = _names_in(words(file.title)) or _names_in(called)
    told = wish.names & names
    beside = len(wish.names - _names_in(called))
    if things & wish.things:
        most = _MOST_BESIDE if wish.is_for_file else 0
        return (len(told), -len(names - told)) if beside <= most else None
    if things or wish.things or not names or told != names:
        return None
    return (len(told), 0) if wish.is_for_file and beside <= _MOST_BESIDE else None


def _names_in(said: Iterable[str]) -> frozenset[str]:
    """The words that say which one."""
    return frozenset(_plain(word) for word in said if word not in NAMELESS)


def _plain(word: str) -> str:
    """The same for one and for many."""
    for end in ("es", "s"):
        if word.endswith(end) and len(word) > len(end) + 3:
            return word[: -len(end)]
    return word
