"""What an intent is: how contacts ask for it, what it needs to know, what happens at the end.

reservar    "quiero una cita" ─▶ servicio, día, hora, nombre ─▶ ¿confirmas? ─▶ ending
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec

from recado.assistant.intents.lex.bot import is_lex, read_bot
from recado.assistant.slots import Slot, check_slots
from recado.assistant.slots.definition import LANGUAGES, NAME, PLACE, check_texts, in_language
from recado.assistant.tools.filling import names_in
from recado.errors import Unprocessable

MOST_INTENTS, MOST_EXAMPLES = 30, 50
LONGEST_EXAMPLE, LONGEST_TEXT = 200, 1000
#: How long a talk waits for the contact unless the intent says otherwise.
MINUTES = 30


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happens when all is known and confirmed. `answers` is told, by language, with the
    slots' values in double braces. `tool` is called by its name, with the slots that are named
    like its parameters. `hands_over`: a person of the `department` gets it with the data. The
    event `intent_completed` is sent in every case."""

    answers: dict[str, str] = {}
    tool: str = ""
    hands_over: bool = False
    department: str = ""


class Intent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One intent of a character. `title`, `examples` and `confirmations` are given by language;
    an example has `{slot}` where a value stands, a confirmation `{{ slot }}`. `confirms`: the
    contact is asked for a yes before it ends. `minutes` is how long a silence may be."""

    name: str
    title: dict[str, str] = {}
    examples: dict[str, tuple[str, ...]] = {}
    slots: tuple[Slot, ...] = ()
    confirms: bool = True
    confirmations: dict[str, str] = {}
    ending: Ending = Ending()
    minutes: int = MINUTES

    def titled(self, language: str) -> str:
        """As people call it."""
        return in_language(self.title, language) or self.name.replace("_", " ")

    def slot(self, name: str) -> Slot | None:
        return next((it for it in self.slots if it.name == name), None)

    def said(self, language: str) -> tuple[str, ...]:
        """The examples in a language, and then those of the others."""
        own = self.examples.get(language, ())
        others = (more for code, more in self.examples.items() if code != language)
        return (*own, *chain.from_iterable(others))


def check_engine(named: str, where: str) -> None:
    """Raises Unprocessable: no engine of structured talk has that name."""
    if is_lex(named):
        read_bot(named, where)
    elif named not in ("", "embedded"):
        raise Unprocessable(
            f"{where} is embedded, or a bot of Amazon Lex: lex:BOTID/ALIASID, such as"
            " lex:ABCDEFGHIJ/TSTALIASID."
        )


def check_intents(intents: Sequence[Intent]) -> None:
    """Raises Unprocessable: what is wrong with one of them."""
    if len(intents) > MOST_INTENTS:
        raise Unprocessable(f"A character has {MOST_INTENTS} intents at most.")
    names = [intent.name for intent in intents]
    if len(set(names)) < len(names):
        raise Unprocessable("A character has two intents of one name.")
    for intent in intents:
        _check(intent, f"The intent {intent.name[:60]!r}")


def _check(intent: Intent, where: str) -> None:
    if not NAME.fullmatch(intent.name):
        raise Unprocessable(
            f"{where}: a name has 1 to 40 small letters, digits and underscores, such as"
            " book_appointment, and begins with a letter."
        )
    check_slots(intent.slots, where)
    known = {slot.name for slot in intent.slots}
    check_texts(intent.title, f"{where}, its title", 80)
    _check_examples(intent, known, where)
    for texts, what in ((intent.confirmations, "confirmation"), (intent.ending.answers, "answer")):
        check_texts(texts, f"{where}, its {what}", LONGEST_TEXT)
        if what == "answer" and intent.ending.tool:
            continue  # what the tool answers may be named, too
        if unknown := names_in(dict(texts)) - known:
            listed = ", ".join(sorted(unknown))
            raise Unprocessable(f"{where}: its {what} names {listed[:200]}, which is no slot.")
    if not 1 <= intent.minutes <= 24 * 60:
        raise Unprocessable(f"{where}: a silence lasts 1 to 1,440 minutes.")
    if len(intent.ending.tool) > 63 or len(intent.ending.department) > 40:
        raise Unprocessable(f"{where}: there is no tool or department of so long a name.")


def _check_examples(intent: Intent, known: set[str], where: str) -> None:
    if set(intent.examples) - set(LANGUAGES):
        raise Unprocessable(f"{where}: examples are given by language: {', '.join(LANGUAGES)}.")
    said = [it for more in intent.examples.values() for it in more]
    if len(said) > MOST_EXAMPLES or any(not 0 < len(it.strip()) <= LONGEST_EXAMPLE for it in said):
        raise Unprocessable(
            f"{where} has {MOST_EXAMPLES} examples at most, of 1 to {LONGEST_EXAMPLE} characters."
        )
    if not said:
        raise Unprocessable(f"{where} needs examples of how customers ask for it.")
    if unknown := {name for it in said for name in PLACE.findall(it)} - known:
        listed = ", ".join(sorted(unknown))
        raise Unprocessable(f"{where}: its examples name {listed[:200]}, which is no slot.")
