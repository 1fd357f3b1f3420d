"""Runs, stored: one JSON file each under RECADO_DATA/evaluations, so that CI can keep one as an
artifact, and two can be compared wherever they were made."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec

from recado import __version__
from recado.assistant.evaluations.running import CaseResult
from recado.errors import NotFound, Unprocessable
from recado.store import now

#: The layout of the stored file; another one is refused.
FORMAT = 1


class SetResult(msgspec.Struct, frozen=True):
    """A set's results as `variant` answered: a model, or a character."""

    name: str
    variant: str
    results: tuple[CaseResult, ...]
    seconds: float = 0.0


class Run(msgspec.Struct, frozen=True):
    """`id` sorts by time. `judge` is the judge's model, "" without one."""

    id: str
    at: float
    sets: tuple[SetResult, ...]
    judge: str = ""
    version: str = __version__
    format: int = FORMAT

    @property
    def variants(self) -> list[str]:
        return list(dict.fromkeys(it.variant for it in self.sets))

    def find(self, name: str, variant: str) -> SetResult | None:
        return next((it for it in self.sets if (it.name, it.variant) == (name, variant)), None)


def new_run(sets: Sequence[SetResult], judge: str = "") -> Run:
    moment = now()
    stamp = datetime.fromtimestamp(moment, UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return Run(f"{stamp}-{secrets.token_hex(1)}", moment, tuple(sets), judge)


class Runs:
    """The runs of an installation."""

    def __init__(self, data: Path) -> None:
        """`data` is RECADO_DATA."""
        self.folder = data / "evaluations"
        #: Cases that were made of conversations.
        self.cases = self.folder / "cases"

    def put(self, run: Run) -> Path:
        """Store it, readable by its owner alone; returns where. Raises OSError."""
        return write_privately(self.path(run, ".json"), msgspec.json.encode(run))

    def path(self, run: Run, suffix: str) -> Path:
        return self.folder / f"{run.id}{suffix}"

    def read(self, run_id: str) -> Run:
        """The stored run of that id. Raises NotFound and Unprocessable."""
        if run_id not in self.ids():
            raise NotFound(f"There is no evaluation {run_id!r}.")
        return read_run(self.folder / f"{run_id}.json")

    def newest(self, most: int) -> list[Run]:
        """The newest first; what cannot be read is passed over."""
        return list(islice(self._all(), most))

    def ids(self) -> list[str]:
        """The newest first."""
        return sorted((it.stem for it in self.folder.glob("*.json")), reverse=True)

    def get(self, name: str) -> Run:
        """The run of that id, or in that file; "last" is the newest, "last~1" the one before it.

        Raises NotFound and Unprocessable.
        """
        base, _, back = name.partition("~")
        if base == "last" and (not back or back.isdecimal()):
            ids, place = self.ids(), int(back or 0)
            if place >= len(ids):
                raise NotFound(f"There are {len(ids)} runs in {self.folder}.")
            name = ids[place]
        file = Path(name)
        for path in (self.folder / f"{file.name}.json", file):
            if path.is_file():
                return read_run(path)
        raise NotFound(f"There is no run {name}; the last ones are {', '.join(self.ids()[:5])}.")

    def before(self, run: Run, it: SetResult) -> SetResult | None:
        """The newest result of the same set by the same variant that is older than `run`."""
        older = (other for other in self._all() if other.id < run.id)
        found = (other.find(it.name, it.variant) for other in older)
        return next((same for same in found if same is not None), None)

    def _all(self) -> Iterator[Run]:
        for run_id in self.ids():
            try:
                yield read_run(self.folder / f"{run_id}.json")
            except Unprocessable:
                continue  # another version's, or cut off: nothing to compare with


def read_run(path: Path) -> Run:
    """Raises Unprocessable and OSError."""
    try:
        run = msgspec.json.decode(path.read_bytes(), type=Run)
    except msgspec.MsgspecError as error:
        raise Unprocessable(f"{path} holds no run of an evaluation: {error}.") from error
    if run.format != FORMAT:
        raise Unprocessable(f"{path} is of another version of Recado ({run.version}).")
    return run


def write_privately(path: Path, data: bytes) -> Path:
    """In one piece, for its owner's eyes: answers may hold what customers said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    return fresh.replace(path)
