"""Office documents (ECMA-376, OpenDocument): zip archives of XML, read as a stranger's.

Nothing in them is run, no entity is expanded, and what they unpack to is bounded.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from recado.documents.archives import archive_type, check_archive, entry_bytes
from recado.errors import TooLarge, Unprocessable

MAX_PART_BYTES = 40 * 1024 * 1024
_CHUNK = 1 << 16
#: How the MIME type of each kind ends.
_TYPES = {
    "docx": "wordprocessingml.document",
    "xlsx": "spreadsheetml.sheet",
    "pptx": "presentationml.presentation",
    "odt": "opendocument.text",
    "ods": "opendocument.spreadsheet",
}
KINDS = frozenset(_TYPES)


@contextmanager
def opened(data: bytes, kind: str) -> Iterator[zipfile.ZipFile]:
    """The archive of a document of the `kind`, while it is read.

    Raises Unprocessable: it is no such document, locked, damaged or a trap.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE: of Office 97, or a locked one
        raise Unprocessable(
            f"The document is of an old Office or is locked. Save it as .{kind}, unlocked."
        )
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise Unprocessable(f"The document is damaged, or no .{kind}. Save it again as .{kind}.")
    try:
        with check_archive(data) as archive:
            other = _kind(archive)
            if other and other != kind:
                raise Unprocessable(f"The file is named .{kind} and is a .{other}. Name it so.")
            yield archive
    except (zipfile.BadZipFile, ET.ParseError, KeyError, ValueError, EOFError) as error:
        raise Unprocessable("The document is damaged. Save it again.") from error
    except (RuntimeError, NotImplementedError, zlib.error, OSError) as error:
        raise Unprocessable("The document is damaged. Save it again.") from error


def kind_of_archive(data: bytes) -> str:
    """Which of KINDS an archive is, "" for none."""
    try:
        with check_archive(data) as archive:
            return _kind(archive)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError, NotImplementedError):
        return ""


def _kind(archive: zipfile.ZipFile) -> str:
    mime_type = archive_type(archive)
    return next((kind for kind, end in _TYPES.items() if mime_type.endswith(end)), "")


class _Builder(ET.TreeBuilder):
    """Elements; a document that declares a type, and entities in it, is none."""

    def doctype(self, *_: Any) -> None:
        raise no_entities()


def no_entities() -> Unprocessable:
    return Unprocessable("The document's XML declares entities, which Office never does.")


def part(archive: zipfile.ZipFile, name: str) -> Element:
    """A part of it, whole. Raises TooLarge, Unprocessable; KeyError: there is none."""
    entry = archive.getinfo(name)
    if entry.file_size > MAX_PART_BYTES:
        raise TooLarge("The document's text unpacks to more than 40 MB; split it.")
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - no entities, and of bounded size
    parser.feed(entry_bytes(archive, entry))
    root: Element = parser.close()
    return root


class Target:
    """What is told of a part that is read in pieces: elements by their names without namespaces."""

    def doctype(self, *_: Any) -> None:
        raise no_entities()

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def stream(archive: zipfile.ZipFile, name: str, target: Target) -> None:
    """Tell `target` of a part that may be large. Raises as `part`, and what `target` raises."""
    parser = ET.XMLParser(target=target)  # noqa: S314 - as above
    with archive.open(name) as content:
        while chunk := content.read(_CHUNK):
            parser.feed(chunk)
    parser.close()


def local(tag: str) -> str:
    """A name without its namespace: strict and transitional documents differ in that alone."""
    return tag.rpartition("}")[2]


def relations(archive: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """What a part (of ECMA-376) refers to, by id: the last word of the sort, and the other's name.
    What lies outside the document is not told."""
    folder, file = posixpath.split(name)
    of = posixpath.join(folder, "_rels", f"{file}.rels")
    if of not in set(archive.namelist()):
        return {}
    found = {}
    for it in part(archive, of):
        if it.get("TargetMode", "") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, it.get("Target", "")))
            sort = it.get("Type", "").rpartition("/")[2]
            found[it.get("Id", "")] = (sort, path.lstrip("/"))
    return found


def find_relation(element: Element) -> str:
    """The id under which an element refers to a part."""
    return next((it for key, it in element.items() if key.endswith("relationships}id")), "")


def start_part(archive: zipfile.ZipFile) -> str:
    """The part that a document of ECMA-376 begins with. Raises KeyError: it has none."""
    found = [name for sort, name in relations(archive, "").values() if sort == "officeDocument"]
    if not found:
        raise KeyError("officeDocument")
    return found[0]
