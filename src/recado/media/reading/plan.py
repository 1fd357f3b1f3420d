"""Which readers read a file, in which order.

A file is read in **steps**, each for another thing that can be in it: the codes in a picture, its
text, what it shows. A step has readers in order of preference: the first that gives something is
enough, the next stands in where one fails or finds nothing.

Adding a reader: write the adapter (port.py) with a function that opens it from the settings and
returns None where it is not set up, and enter it under its name in `READERS` (app/readers.py).
Where the name is not in `STEPS` yet, add it there, or a step of its own. A test passes its own:

    runtime.reading = Plan([Step("text", {"image"}, (MyReader(),))])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from recado.media.reading.port import FileReader, FileToRead
from recado.media.reading.spending import Spending, Unbounded
from recado.settings import Settings

#: Opens a reader. None: it is not asked for, or what it needs is not installed and not asked for.
#: Raises SettingsError: a setting asks for it, and something is missing.
Opener = Callable[[Settings], FileReader | None]
#: The same, of one that has others read parts of a file; it is given what finds those by name.
OpenerOver = Callable[[Settings, Callable[[str], FileReader | None]], FileReader | None]

#: Who reads what stands in pictures, by RECADO_IMAGE_READER; "" is what is there.
_IMAGES: dict[str, tuple[str, ...]] = {
    "": ("ocr",),
    "ocr": ("ocr",),
    "rekognition": ("rekognition", "ocr"),
    "none": (),
}
#: Who reads documents, by RECADO_DOCUMENT_READER: all of these read a document's own text, and but
#: for `documents` its pages that are pictures, too.
_DOCUMENTS: dict[str, tuple[str, ...]] = {
    "": ("scans", "documents"),
    "ocr": ("scans", "documents"),
    "textract": ("textract", "scans", "documents"),
    "none": ("documents",),
}
_PICTURES = frozenset({"image", "document"})


@dataclass(frozen=True, slots=True)
class StepNames:
    """A step by the names of its readers. `kinds`: types of messages that may bring such a file."""

    name: str
    kinds: Set[str]
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    kinds: Set[str]
    readers: tuple[FileReader, ...]


def step_names(settings: Settings) -> tuple[StepNames, ...]:
    """The steps that the settings ask for, in the order in which they are taken."""
    return (
        StepNames("codes", _PICTURES, ("codes",) if settings.image_reader != "none" else ()),
        StepNames("text", _PICTURES, _IMAGES[settings.image_reader]),
        StepNames("document", {"document"}, _DOCUMENTS[settings.document_reader]),
        StepNames("transcript", {"audio", "video", "document"}, ("transcription",)),
        StepNames("description", {"image", "video", "document", "sticker"}, ("vision", "frames")),
    )


class Plan:
    """The steps that this installation can take."""

    def __init__(
        self,
        steps: Sequence[Step] = (),
        others: Sequence[FileReader] = (),
        spending: Spending | None = None,
    ) -> None:
        """`others` only read parts of files for those in the steps. `spending` says whether those
        that cost something may be asked; None: they may."""
        self.spending = spending or Unbounded()
        self._others = tuple(others)
        self._steps = tuple(step for step in steps if step.readers)
        self._kinds = frozenset(kind for step in self._steps for kind in step.kinds)

    def may_read(self, kind: str) -> bool:
        """Whether a file that comes with a message of this type may be one that is read."""
        return kind in self._kinds

    def steps_for(self, file: FileToRead) -> list[Step]:
        """The steps for a file, each with those of its readers that take it."""
        taken = (
            Step(step.name, step.kinds, tuple(it for it in step.readers if it.takes(file)))
            for step in self._steps
            if file.kind in step.kinds
        )
        return [step for step in taken if step.readers]

    @property
    def readers(self) -> list[FileReader]:
        """Each once."""
        in_steps = (it for step in self._steps for it in step.readers)
        return list({id(it): it for it in (*in_steps, *self._others)}.values())

    async def close(self) -> None:
        for reader in self.readers:
            await reader.close()


def open_plan(
    settings: Settings,
    openers: Mapping[str, Opener],
    over: Mapping[str, OpenerOver] | None = None,
    spending: Spending | None = None,
) -> Plan:
    """The plan by the settings, of the readers that there are; each is opened once, and those of
    `over` with the others at hand. Raises SettingsError."""
    opened: dict[str, FileReader | None] = {}

    def reader_of(name: str) -> FileReader | None:
        if name not in opened:
            if over and name in over:
                opened[name] = over[name](settings, reader_of)
            else:
                opened[name] = openers[name](settings) if name in openers else None
        return opened[name]

    steps = []
    for step in step_names(settings):
        readers = tuple(it for name in step.readers if (it := reader_of(name)) is not None)
        steps.append(Step(step.name, step.kinds, readers))
    return Plan(steps, [it for it in opened.values() if it is not None], spending)
