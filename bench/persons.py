"""`python -m bench.persons`: how well requests for a person, and anger, are recognised; with
`--learn`, learns both anew and writes the weights to `src/recado/language/data`.

Learnt from bench/calibration/persons: messages by language and label, and patterns of more of
them (frames.txt); from what customers ask in the other sets of this project, which is neither; and
from the insults of its tests. Each is learnt with slips of the fingers, too. Figures of what was
learnt from are by five parts of it, each measured by what the others teach. The sets in
tests/data/persons, and those that are named, teach nothing.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

from bench.learning import Example, Lessons
from recado.language.anger import anger, passages
from recado.language.persons import person_request, sentences
from tests.language import test_insults, test_intent_classification

ROOT = Path(__file__).resolve().parent.parent
LEARNT_FROM = ROOT / "bench/calibration/persons"
FRESH = ROOT / "tests/data/persons"
DATA = ROOT / "src/recado/language/data"
LANGUAGES = ("es", "pt", "en")
What = Literal["person", "anger"]
_FOLDS, _SLIPS, _SPELLINGS = 5, 1, 16
_MADE, _ASKED, _SLIPPED = 0.25, 0.3, 0.4
#: Of those who ask for nothing of the kind, at most so many are taken for it.
_MOST_ALARMS = {"person": 0.009, "anger": 0.025}
_RIDGE = {"person": 2e-4, "anger": 3e-4}
_READERS: dict[What, Callable[[str], Iterator[dict[str, float]]]] = {
    "person": sentences,
    "anger": passages,
}
_WEIGHTS: dict[What, str] = {"person": "persons_weights.json", "anger": "anger_weights.json"}


class Message(NamedTuple):
    text: str
    language: str
    #: Its section: "person", "angry", "person angry" or "neither".
    label: str

    def is_(self, what: What) -> bool:
        return ("person" if what == "person" else "angry") in self.label.split()


def read_messages(folder: Path) -> list[Message]:
    """The sets es.txt, pt.txt and en.txt of a folder."""
    found = []
    for language in LANGUAGES:
        label = ""
        path = folder / f"{language}.txt"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if line.startswith("[") and line.endswith("]"):
                label = line[1:-1]
            elif line and not line.startswith("# "):
                found.append(Message(line.replace("\\n", "\n"), language, label))
    return found


def made(chance: random.Random) -> list[Message]:
    """Some spellings of each pattern of frames.txt."""
    found = []
    section = ("", "")
    for line in (LEARNT_FROM / "frames.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label, _, language = line[1:-1].partition(" ")
            section = (language, "neither" if label == "calm" else label)
        elif line and not line.startswith("#"):
            most = max(it.count("|") for it in re.findall(r"\{[^{}]*\}", line))
            said = {_spelled(line, chance) for _ in range(max(_SPELLINGS, 2 * most))}
            found += [Message(text, *section) for text in sorted(said)]
    return found + beside(found, chance)


def beside(messages: Sequence[Message], chance: random.Random) -> list[Message]:
    """Some of them after, or before, another that asks for no person: one message says both."""
    found = []
    for language in LANGUAGES:
        its = [it for it in messages if it.language == language]
        others = [it for it in its if "person" not in it.label]
        for it in chance.sample(its, len(its) // 3):
            other = chance.choice(others)
            labels = {*it.label.split(), *other.label.split()} - {"neither"}
            texts = [it.text, other.text]
            chance.shuffle(texts)
            said = chance.choice((" ", ", ", ". ", "\n")).join(texts)
            found.append(Message(said, language, " ".join(sorted(labels)) or "neither"))
    return found


def _spelled(pattern: str, chance: random.Random) -> str:
    return re.sub(r"\{([^{}]*)\}", lambda it: chance.choice(it[1].split("|")), pattern).strip()


def asked() -> list[str]:
    """What customers ask of businesses, and is neither a request for a person nor angry."""
    found: list[str] = []
    folders = (ROOT / "bench/calibration/businesses", ROOT / "tests/data/evals")
    for path in sorted(it for folder in folders for it in folder.glob("*.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
        found += [case["ask"] for case in cases]
    intents = yaml.safe_load((ROOT / "tests/data/intents.yaml").read_text(encoding="utf-8"))
    found += [text for its in intents.values() for texts in its.values() for text in texts]
    kinds = test_intent_classification.TEXTS.items()
    return found + [it for kind, its in kinds if kind not in ("human", "complaint") for it in its]


def slipped(text: str, chance: random.Random) -> str:
    """The text with a slip of the fingers or two, as phones are typed on."""
    letters = list(text)
    for _ in range(1 + len(text) // 40):
        at = chance.randrange(max(len(letters) - 1, 1))
        if not letters[at].isalpha():
            continue
        match chance.randrange(4):
            case 0:
                letters[at] = ""
            case 1:
                letters[at] *= 2
            case 2 if at + 1 < len(letters):
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            case _:
                letters[at] = chance.choice("aeiosrnmtl")
    return "".join(letters)


def teaching(
    messages: Sequence[Message], what: What, counts: float = 1.0, *, slips: int = _SLIPS
) -> list[Example]:
    """The messages as examples, each also in lower case without its end, and with slips."""
    found = []
    for at, message in enumerate(messages):
        chance = random.Random(zlib.crc32(message.text.encode()))
        right, fold = message.is_(what), at % _FOLDS if slips == _SLIPS else -1
        found.append(Example(list(_READERS[what](message.text)), right, counts, fold))
        plain = {message.text.lower().rstrip("?!. ")} if what == "person" and slips else set()
        others = plain | {slipped(message.text, chance) for _ in range(slips)}
        for other in sorted(others - {message.text}):
            parts = list(_READERS[what](other))
            found.append(Example(parts, right, counts * _SLIPPED, fold))
    return found


def more(what: What) -> list[Example]:
    """What is learnt besides the sets."""
    examples = teaching(made(random.Random(7)), what, _MADE, slips=0)
    examples += [Example(list(_READERS[what](it)), right=False, counts=_ASKED) for it in asked()]
    if what == "anger":
        for name, right in (("DISGUISED", True), ("FROM_EVERYWHERE", True), ("INNOCENT", False)):
            texts = filter(None, re.split(r"[|\n]", getattr(test_insults, name)))
            examples += [Example(list(passages(text)), right, _MADE) for text in texts]
    return examples


class Rates(NamedTuple):
    """Found of those that are, taken for it of those that are not, and the mistakes."""

    recall: float
    alarms: float
    missed: list[Message]
    alarmed: list[Message]


def rates(messages: Sequence[Message], what: What, says: Callable[[Message], bool]) -> Rates:
    # Who is angry and asks for a person may count as either.
    there = [it for it in messages if it.is_(what)]
    others = [it for it in messages if not it.is_(what)]
    missed = [it for it in there if not says(it)]
    alarmed = [it for it in others if says(it)]
    return Rates(
        1 - len(missed) / max(len(there), 1), len(alarmed) / max(len(others), 1), missed, alarmed
    )


def crossed(messages: Sequence[Message], lessons: Lessons, what: What) -> dict[Message, float]:
    """The probability of each message, by what the other parts of the set teach."""
    found: dict[Message, float] = {}
    for fold in range(_FOLDS):
        learnt = lessons.learn(ridge=_RIDGE[what], without=fold)
        for it in messages[fold::_FOLDS]:
            found[it] = learnt.probability(list(_READERS[what](it.text)))
    return found


def threshold_of(found: dict[Message, float], what: What) -> float:
    """The lowest one at which few enough are taken for it."""
    others = sorted((p for it, p in found.items() if not it.is_(what)), reverse=True)
    return round(min(max(others[int(len(others) * _MOST_ALARMS[what])] + 0.005, 0.3), 0.9), 3)


def show(
    name: str,
    messages: Sequence[Message],
    what: What,
    says: Callable[[Message], bool],
    *,
    mistakes: bool,
) -> None:
    for language in (*LANGUAGES, ""):
        its = [it for it in messages if not language or it.language == language]
        found = rates(its, what, says)
        there = sum(it.is_(what) for it in its)
        print(
            f"{what:7}{name:28}{language or 'all':4}{there:5} of {len(its):5}"
            f"   found {found.recall:6.1%}   false alarms {found.alarms:6.1%}"
        )
    if mistakes:
        for title, which in (("missed", found.missed), ("alarm", found.alarmed)):
            for it in which:
                print(f"    {title:7}{it.language} {it.text!r}")


def learn_anew(what: What, messages: Sequence[Message], *, mistakes: bool) -> None:
    lessons = Lessons([*teaching(messages, what), *more(what)])
    found = crossed(messages, lessons, what)
    threshold = threshold_of(found, what)
    print(f"{what}: threshold {threshold}")
    show("crossed", messages, what, lambda it: found[it] >= threshold, mistakes=mistakes)
    lessons.learn(ridge=_RIDGE[what]).write(DATA / _WEIGHTS[what], threshold)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.persons", description=__doc__)
    parser.add_argument("--learn", action="store_true", help="learn anew (some minutes)")
    parser.add_argument("--what", choices=("person", "anger"), action="append")
    parser.add_argument("--mistakes", action="store_true", help="print each mistake")
    parser.add_argument("sets", nargs="*", type=Path, help="folders with es.txt, pt.txt, en.txt")
    asked_of = parser.parse_args()
    bundled = read_messages(LEARNT_FROM)
    whats: Sequence[What] = asked_of.what or ("person", "anger")
    for what in whats:
        if asked_of.learn:
            learn_anew(what, bundled, mistakes=asked_of.mistakes)
    says: dict[What, Callable[[Message], bool]] = {
        "person": lambda it: person_request(it.text).asks,
        "anger": lambda it: anger(it.text).angry,
    }
    for what in whats:
        show("bundled (learnt from)", bundled, what, says[what], mistakes=False)
        for folder in (FRESH, *asked_of.sets):
            if messages := read_messages(folder):
                show(folder.name, messages, what, says[what], mistakes=asked_of.mistakes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
