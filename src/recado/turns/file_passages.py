"""What was read in files, piece by piece: for a model as lines of data, and as the answer to a
question that the file itself answers.

Which pieces a question is about is told by its words: the rarer one is among the lines of the
files, the more it says. What is looked at is bounded; still, none of it is for the event loop.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cache

import msgspec

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.passages import split_text
from recado.assistant.knowledge.scoring import is_filler, sentence_words
from recado.assistant.strangers import marked
from recado.language.detection import LanguageCode
from recado.language.reading import without_accents
from recado.media.reading.port import Piece
from recado.turns.files import TurnFile

#: Characters that all files of a turn may take of a model's question, and the earlier ones.
BUDGET, EARLIER_BUDGET = 6_000, 2_400
_LONGEST_LINE = 700
#: What is looked at for one turn, some 40 pages.
_MOST_CHARACTERS = 120_000
_KINDS = {"image": "Photo", "video": "Video", "audio": "Voice note", "document": "Document",
          "sticker": "Sticker"}  # fmt: skip
_HOW = {
    "text": "text read",
    "table": "table read",
    "transcript": "words heard",
    "code": "code read",
    "label": "seen in it",
    "description": "described",
}
#: Elsewhere "fecha" is what a shop does in the evening.
_DATES = frozenset({"fecha", "fechas"})
_AMOUNT_ASKED = re.compile(
    r"\b(?:cu[aá]nt|quant|how (?:much|many)|total|monto|importe)", re.IGNORECASE
)
_NUMBER = re.compile(r"\d")
#: Words for the file itself: "¿cuánto dice la factura?" asks of no word "factura" in it.
_ITSELF = (
    "foto fotos imagen imagem picture photo image archivo arquivo file documento document pdf"
    " factura fatura invoice bill boleta recibo receipt ticket comprobante comprovante nota cuenta"
    " conta lista list carta menu adjunto anexo attachment captura print screenshot audio mensaje"
    " dice diz say says figura aparece consta pone sale"
)


class FilePassage(msgspec.Struct, frozen=True):
    """A stretch of a file that belongs together; `number` is its place among all."""

    file: TurnFile
    piece: Piece
    reader: str
    text: str
    number: int


def passages_in(files: Iterable[TurnFile]) -> list[FilePassage]:
    """What was read in the files, in order."""
    found: list[FilePassage] = []
    left = _MOST_CHARACTERS
    for file in files:
        for step in file.steps:
            own = [it for it in step.pieces() if not (file.is_said and it.kind == "transcript")]
            for piece in _joined(own):
                for text in split_text(piece.text, _LONGEST_LINE):
                    found.append(FilePassage(file, piece, step.reader, text, len(found)))
                    left -= len(text)
                    if left < 0:
                        return found
    return found


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The lines that OCR gives one by one, page by page; each other piece by itself."""
    held: list[Piece] = []
    for piece in pieces:
        if held and (piece.kind, piece.page) != (held[-1].kind, held[-1].page):
            yield _one(held)
            held = []
        held.append(piece)
    if held:
        yield _one(held)


def _one(pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    joint = ", " if pieces[0].kind == "label" else "\n"
    sure = [it.confidence for it in pieces if it.confidence is not None]
    return msgspec.structs.replace(
        pieces[0],
        text=joint.join(it.text for it in pieces),
        confidence=sum(sure) / len(sure) if sure else None,
    )


# For a model


def lines_about(
    files: Sequence[TurnFile], question: str, language: LanguageCode, *, earlier: bool = False
) -> tuple[str, ...]:
    """The lines about the files: all that was read, or, of more than a budget, the beginning of
    each and what the question is about."""
    budget = EARLIER_BUDGET if earlier else BUDGET
    passages = passages_in(files)
    chosen = _chosen(passages, question, language, budget)
    lines = []
    for file in files:
        name = f"{'Earlier: ' if earlier else ''}{_KINDS.get(file.kind, 'File')}"
        if file.filename:
            name += f" {marked(file.filename, 120)}"
        own = [it for it in passages if it.file is file]
        shown = [it for it in own if it.number in chosen]
        lines += [f"{name}, {_source(it)}: {marked(_flat(it.text), 1_000)}" for it in shown]
        if len(shown) < len(own):
            lines.append(f"{name}: {len(own) - len(shown)} of its {len(own)} parts are left out")
        if file.description and not own:
            lines.append(f"{name}, described: {marked(file.description, 600)}")
        if own or file.description:
            continue
        if file.is_said:
            lines.append(f"{name}: what is said in it is the message itself")
        elif file.is_read:  # more was sent than is looked at
            lines.append(f"{name}: what was read in it is left out")
        elif file.kind != "sticker" and not earlier:
            lines.append(f"{name}: nobody has read it, and what stands in it is not known")
    return tuple(lines)


def _flat(text: str) -> str:
    """Lines in one, still apart: an entry of a price list is not the next one's price."""
    return " / ".join(line.strip() for line in text.split("\n") if line.strip())


def _source(passage: FilePassage) -> str:
    piece = passage.piece
    parts = [
        f"page {piece.page}" if piece.page else "",
        f"{_HOW[piece.kind]} by {passage.reader}",
        f"{piece.confidence:.2f}" if piece.confidence is not None else "",
    ]
    return ", ".join(filter(None, parts))


def _chosen(
    passages: Sequence[FilePassage], question: str, language: LanguageCode, budget: int
) -> set[int]:
    scores = _scores([it.text for it in passages], _asked(question, language), language)
    first = {id(it.file): it.number for it in reversed(passages)}
    order = sorted(
        passages, key=lambda it: (it.number != first[id(it.file)], -scores[it.number], it.number)
    )
    chosen: set[int] = set()
    for passage in order:
        budget -= len(passage.text)
        if budget < 0 and chosen:
            break
        chosen.add(passage.number)
    return chosen


def _scores(texts: Sequence[str], asked: Set[str], language: LanguageCode) -> list[float]:
    """How much each of the texts is about what is asked."""
    stems = [_asked_in(text, asked, language) for text in texts]
    frequency = Counter(stem for them in stems for stem in them)
    weights = {stem: math.log(1 + len(texts) / times) for stem, times in frequency.items()}
    return [sum(weights[stem] for stem in them) for them in stems]


# The answer that stands in a file


class FileAnswer(msgspec.Struct, frozen=True):
    """Lines of a file that answer a question, and how surely they were read."""

    file: TurnFile
    text: str
    page: int | None
    confidence: float


def answer_in(
    files: Sequence[TurnFile], question: str, language: LanguageCode
) -> FileAnswer | None:
    """The lines of one file that have all the words of the question but those for the file itself.

    None: no file has them, so that it does not answer. A word that stands elsewhere in the same
    file counts: the bill's head says of whom its total is.
    """
    asked = _asked(question, language) - _itself(language)
    if not asked:
        return None
    best: tuple[float, FileAnswer] | None = None
    for file in reversed(files):
        found = _answer_of(file, asked, language, wants_number=_wants_number(question))
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best[1] if best else None


def _answer_of(
    file: TurnFile, asked: Set[str], language: LanguageCode, *, wants_number: bool
) -> tuple[float, FileAnswer] | None:
    lines = [
        (line, passage)
        for passage in passages_in([file])
        if passage.piece.kind in ("text", "table", "transcript", "description")
        for line in _lines(passage.text, joined=wants_number)
    ]
    texts = [line for line, _ in lines]
    known = frozenset[str]().union(*(_asked_in(text, asked, language) for text in texts))
    if not asked <= known | _stems(file.filename, language):
        return None
    scores = _scores(texts, asked, language)
    numbers = [0.5 if wants_number and _NUMBER.search(text) else 0.0 for text in texts]
    ranked = [score + more if score else 0.0 for score, more in zip(scores, numbers, strict=True)]
    most = max(ranked, default=0.0)
    if most <= 0 or (wants_number and not any(_NUMBER.search(text) for text in texts)):
        return None
    same = [at for at, score in enumerate(ranked) if score == most]
    # What is said of a file counts less than its own words, which stand on a page.
    same = [at for at in same if lines[at][1].piece.kind != "description"] or same
    _, passage = lines[same[0]]
    told = dict.fromkeys(_readable(texts[at]) for at in same[:3])
    sure = passage.piece.confidence if passage.piece.confidence is not None else 1.0
    return most, FileAnswer(file, "\n".join(told), passage.piece.page, sure)


def _lines(text: str, *, joined: bool) -> list[str]:
    """The lines of a passage; `joined`: one without a number has the next line's, as OCR tells the
    columns of a bill apart."""
    lines = [line.strip() for line in text.split("\n") if line.strip(" |-:\t")]
    if not joined:
        return lines
    told = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        alone = not _NUMBER.search(line) and re.fullmatch(r"[^\w]*[\d.,\s$€£%A-Z]{1,24}", following)
        told.append(f"{line} {following}" if alone else line)
    return told


def _readable(line: str) -> str:
    """A row of a table as people write it."""
    if line.startswith("|"):
        return " · ".join(cell.strip() for cell in line.strip("| ").split("|") if cell.strip())
    return line


def _wants_number(question: str) -> bool:
    asks = (
        analyse(question, "es").asks + analyse(question, "pt").asks + analyse(question, "en").asks
    )
    return "amount" in asks or bool(_AMOUNT_ASKED.search(question))


def _asked(question: str, language: LanguageCode) -> set[str]:
    """The stems of what is asked for, without the words that questions are made of."""
    words = analyse(question, language).words
    return {
        word.stem
        for word in words
        if not is_filler(word.stem, language)
        and (word.plain not in sentence_words() or word.plain in _DATES)
    }


@cache
def _itself(language: LanguageCode) -> frozenset[str]:
    return _stems(_ITSELF, language)


def _asked_in(text: str, asked: Set[str], language: LanguageCode) -> Set[str]:
    """Which of the stems a text has. Most have none, and looking closer takes long."""
    folded = without_accents(text).casefold()
    if not any(stem[:4] in folded for stem in asked):
        return frozenset()
    return _stems(text, language) & asked


def _stems(text: str, language: LanguageCode) -> frozenset[str]:
    return frozenset(word.stem for word in analyse(text, language).words)
