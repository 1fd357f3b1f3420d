"""Which member of a department is next: a pure choice, from what is known of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recado.language.reading import words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who is online; `busy` is how many conversations they have or are offered, `asked_at`
    when they were last offered one by this department (0: never)."""

    user_id: str
    busy: int
    capacity: int
    asked_at: float = 0.0
    languages: Collection[str] = ()
    skills: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the conversation wants: its language, what it is about in the contact's words, and its
    tags; `last` is whom the contact has spoken with last, "" where that does not count."""

    language: str
    about: str = ""
    tags: Collection[str] = ()
    last: str = ""


def choose(candidates: Sequence[Candidate], strategy: str, wanted: Wanted) -> str | None:
    """The user's id; None: nobody has room, or a person is to choose (`manual`).

    Whoever spoke with the contact last, then whoever has the skills and speaks the language, where
    somebody does; among these, who has the fewest conversations or whose turn it is.
    """
    if strategy == "manual":
        return None
    free = [it for it in candidates if it.busy < it.capacity]
    if any(it.user_id == wanted.last for it in free):
        return wanted.last
    free = _where_any(free, [bool(_skills_for(it, wanted)) for it in free])
    named = [wanted.language in it.languages for it in free]
    free = _where_any(free, named if any(named) else [not it.languages for it in free])
    if strategy == "round_robin":
        return min(free, key=_turn).user_id if free else None
    return min(free, key=lambda it: (it.busy, *_turn(it))).user_id if free else None


def _turn(it: Candidate) -> tuple[float, str]:
    return it.asked_at, it.user_id


def _where_any(free: list[Candidate], fits: Sequence[bool]) -> list[Candidate]:
    """Those that fit; all, where none does."""
    found = [it for it, good in zip(free, fits, strict=True) if good]
    return found or free


def _skills_for(it: Candidate, wanted: Wanted) -> list[str]:
    said = f" {' '.join(words(wanted.about[:2000]))} "
    tags = {" ".join(words(tag)) for tag in wanted.tags}
    asked = [(skill, " ".join(words(skill))) for skill in it.skills]
    return [skill for skill, plain in asked if plain and (plain in tags or f" {plain} " in said)]
