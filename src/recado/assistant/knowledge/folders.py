"""Which files to learn, of the files and folders that somebody names, and how each went."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from recado.assistant.knowledge.scanned import PICTURE_ENDS
from recado.assistant.knowledge.sources import KnowledgeSourceView
from recado.documents.encodings import decode_text
from recado.documents.extract import could_be_meant, kind_of
from recado.errors import BadRequest

#: What systems and editors put beside people's files.
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")


class Learnt(msgspec.Struct, frozen=True):
    """How one of many files went: what it became, or what is the `problem` with it.

    `meant` False: it was only passed over, a picture in a folder perhaps.
    """

    name: str
    source: KnowledgeSourceView | None = None
    problem: str = ""
    meant: bool = True


class Candidate(msgspec.Struct, frozen=True):
    """A file with the name that it is learnt under, or why it is not."""

    name: str
    path: Path
    problem: str = ""
    meant: bool = True


def files_at(paths: Iterable[Path]) -> list[Candidate]:
    """The files that `paths` name, those of folders in the order of their names. Files of the
    same name in several places get their folder's name too."""
    found: dict[str, Candidate] = {}
    for path in paths:
        for file in _at(path):
            name, parents = file.name, list(file.path.resolve().parents)
            while name in found and found[name].path.resolve() != file.path.resolve() and parents:
                name = f"{parents.pop(0).name}/{name}"
            found[name] = msgspec.structs.replace(file, name=name)
    return list(found.values())


def _at(path: Path) -> Iterator[Candidate]:
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if _is_file(p) and not _is_hidden(p, path))
        if not inside:
            yield Candidate(readable(path), path, f"{readable(path)} has no files.")
        for file in inside:
            name = readable(file.relative_to(path))
            if file.is_file():
                yield _candidate(name, file, could_be_meant(file.name))
            else:
                yield Candidate(name, file, _leads_where(file, name))
    elif path.is_file() and path.suffix.lower() in PICTURE_ENDS:
        yield Candidate(readable(path.name), path)  # of a folder, pictures are passed over
    elif path.is_file():
        yield _candidate(readable(path.name), path, True)
    else:
        yield Candidate(readable(path), path, f"There is no file {readable(path)}.")


def _is_file(path: Path) -> bool:
    """A file, or a link that leads to none: whoever put it there means what is behind it."""
    return path.is_file() or path.is_symlink()


def _leads_where(link: Path, name: str) -> str:
    if link.is_dir():
        return f"{name} is a link to a folder: add {readable(link.resolve())} by itself."
    return f"{name} is a link to a file that is not there."


def readable(path: Path | str) -> str:
    """A path in letters, also where its bytes are those of an old Windows or DOS."""
    written = path.as_posix() if isinstance(path, Path) else path
    raw = os.fsencode(written)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return decode_text(raw)


def _is_hidden(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return (
        any(part.startswith((".", "~$")) for part in parts) or path.name.lower() in _OF_THE_SYSTEM
    )


def _candidate(name: str, path: Path, meant: bool) -> Candidate:
    try:
        kind_of(name)
    except BadRequest as error:
        return Candidate(name, path, error.detail, meant)
    return Candidate(name, path)
