"""Zip archives, Office documents among them: a small file can hide gigabytes.

Nothing is unpacked to find out: sizes stand in the archive's directory, and no more of an entry is
taken than its size there (`entry_bytes`).
"""

from __future__ import annotations

import io
import zipfile

from recado.errors import Unprocessable

#: What an archive may unpack to, as a whole.
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
#: … and how many times its own size, above the size where that matters to anyone.
MAX_RATIO = 200
SMALL_BYTES = 20 * 1024 * 1024
MAX_ENTRIES = 20_000
#: How an entry of the directory begins.
_ENTRY = b"PK\x01\x02"

_OFFICE = "application/vnd.openxmlformats-officedocument"
#: The folder that an Office document keeps its body in.
_BODIES = {
    "word/": f"{_OFFICE}.wordprocessingml.document",
    "xl/": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}.presentationml.presentation",
}


def check_archive(data: bytes) -> zipfile.ZipFile:
    """The archive, its directory read and nothing unpacked.

    Raises Unprocessable: it unpacks to too much. Raises zipfile.BadZipFile: it is damaged.
    """
    # Counted before they are read: a directory of millions takes minutes, and gigabytes.
    if data.count(_ENTRY) > MAX_ENTRIES:
        raise Unprocessable(f"The archive holds more than {MAX_ENTRIES} files.")
    archive = zipfile.ZipFile(io.BytesIO(data))
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise Unprocessable("The document unpacks to more than 200 MB.")
    if unpacked > SMALL_BYTES and unpacked > MAX_RATIO * len(data):
        raise Unprocessable("The document unpacks to far more than its size: it is a trap.")
    return archive


def entry_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry, whole; one that unpacks to more than the directory says is damaged.

    Python's `archive.read` would unpack up to 2 GB before it looks at the size.
    """
    with archive.open(entry) as content:
        return content.read(entry.file_size)


def archive_type(archive: zipfile.ZipFile) -> str:
    """The MIME type of an Office or OpenDocument file, else that of a zip archive."""
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        for folder, mime_type in _BODIES.items():
            if any(name.startswith(folder) for name in names):
                return mime_type
    if "mimetype" in names and (entry := archive.getinfo("mimetype")).file_size < 200:
        found = entry_bytes(archive, entry).decode("ascii", "replace").strip()
        if found.startswith(("application/vnd.oasis.opendocument.", "application/epub+zip")):
            return found
    if "AndroidManifest.xml" in names:
        return "application/vnd.android.package-archive"
    return "application/zip"
