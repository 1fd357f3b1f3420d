"""Office documents as people have them, made for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(
    f'xmlns:{short}="{_OFFICE}:{long}:1.0"'
    for short, long in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "draw": "drawing",
        "meta": "meta",
        "manifest": "manifest",
    }.items()
)


def xlsx(fill: Callable[[Any], None], **options: object) -> bytes:
    """A workbook that `fill` writes (an xlsxwriter.Workbook)."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        fill(book)
    return out.getvalue()


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(data: bytes, name: str, content: str | bytes) -> bytes:
    """The archive with one part put in its place."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {it: archive.read(it) for it in archive.namelist()}
    return zipped({**parts, name: content})


def ods(tables: str, styles: str = "") -> bytes:
    """A spreadsheet of OpenDocument: the XML of its tables, and of its automatic styles."""
    return _opendocument("spreadsheet", tables, styles)


def odt(body: str, styles: str = "") -> bytes:
    return _opendocument("text", body, styles)


def _opendocument(sort: str, body: str, styles: str) -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{sort}>{body}</office:{sort}></office:body>"
        "</office:document-content>"
    )
    mime_type = f"application/vnd.oasis.opendocument.{sort}"
    manifest = f"<manifest:manifest {_NAMESPACES}/>"
    return zipped(
        {"mimetype": mime_type, "content.xml": content, "META-INF/manifest.xml": manifest}
    )
