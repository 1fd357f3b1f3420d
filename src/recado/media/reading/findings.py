"""What the steps of a file have found, as it is kept on the file, told, and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from recado.language.detection import detect_language
from recado.media.reading.port import FileReading, Piece

#: Of one step is kept no more than this: some 100 pages.
MOST_CHARACTERS, MOST_PIECES = 300_000, 5_000
#: Of a waveform.
MOST_BARS = 128
#: Of all steps together stands on the file, and travels with an event.
MOST_TEXT, MOST_TOLD = 300_000, 4_000
#: Enough to see which language it is in.
_LOOKED_AT = 5_000
_WORDS = {"text", "table", "transcript", "code"}


class StepReading(msgspec.Struct, frozen=True):
    """What one step found, and by whom; `state` as in reading/model.py."""

    step: str
    reader: str
    state: str
    pieces: tuple[Piece, ...] = ()
    language: str = ""
    pages: int | None = None
    seconds: float | None = None
    unread: tuple[str, ...] = ()
    waveform: tuple[int, ...] = ()
    error: str | None = None


def columns_of(found: FileReading) -> dict[str, Any]:
    """What a reader found, for the step's row; what is longer than anybody reads is cut."""
    pieces, left = [], MOST_CHARACTERS
    for piece in found.pieces[:MOST_PIECES]:
        text = _storable(piece.text)[:left]
        left -= len(text)
        if text.strip():
            pieces.append(msgspec.to_builtins(msgspec.structs.replace(piece, text=text)))
        if left <= 0:
            break
    return {
        "pieces": pieces,
        "unread": [_storable(it)[:300] for it in found.unread[:20]],
        "waveform": [min(max(it, 0), 100) for it in found.waveform[:MOST_BARS]] or None,
        "language": found.language[:8],
        "pages": found.pages,
        "seconds": found.seconds,
    }


def _storable(text: str) -> str:
    """Neither engine takes a zero byte or half a character."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


class Findings(msgspec.Struct, frozen=True):
    """A whole file: its words, those of them that somebody says, what it shows, and what else is
    known (`analysis`, JSON)."""

    text: str
    said: str
    description: str
    language: str
    analysis: dict[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        """For an event."""
        return {
            "text": self.text[:MOST_TOLD],
            "description": self.description[:MOST_TOLD],
            **{name: it for name, it in self.analysis.items() if name != "waveform"},
        }


def findings_of(steps: Sequence[StepReading]) -> Findings:
    """The sum of the steps. Takes a while: not for the event loop."""
    done = [step for step in steps if step.state == "done"]
    is_read = any(it.kind == "text" for step in done if step.step == "text" for it in step.pieces)
    by_step = {
        step.step: [
            it
            for it in step.pieces
            # who describes a picture copies its words, too: they are needed once
            if not (is_read and step.step == "description" and it.kind == "text")
        ]
        for step in done
    }
    pieces = [it for found in by_step.values() for it in found]
    text = _joined(_words(step, found) for step, found in by_step.items())
    labels = [it.text for it in pieces if it.kind == "label"]
    described = _joined(it.text for it in pieces if it.kind == "description")
    language = next((step.language for step in done if step.language), "")
    if text and not language:
        language = detect_language(text[:_LOOKED_AT]).code
    sure = [it.confidence for it in pieces if it.confidence is not None and it.kind in _WORDS]
    analysis = {
        "language": language,
        "readers": {step.step: step.reader for step in done if step.pieces},
        "confidence": round(sum(sure) / len(sure), 3) if sure else None,
        "pages": next((step.pages for step in done if step.pages), None),
        "seconds": next((step.seconds for step in done if step.seconds), None),
        "labels": labels[:50],
        "codes": [it.text[:500] for it in pieces if it.kind == "code"][:20],
        "waveform": next((list(step.waveform) for step in done if step.waveform), None),
        "unread": [note for step in done for note in step.unread],
        "failed": {step.step: step.error for step in steps if step.state == "failed"},
    }
    known = {name: value for name, value in analysis.items() if value or value == 0}
    said = _joined(it.text for it in pieces if it.kind == "transcript")
    return Findings(text, said, described or ", ".join(labels), language, known)


def _words(step: str, pieces: Iterable[Piece]) -> str:
    """What stands in a picture is read line by line, a document paragraph by paragraph."""
    between = "\n" if step == "text" else "\n\n"
    return between.join(it.text for it in pieces if it.kind in _WORDS)


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))[:MOST_TEXT].strip()
