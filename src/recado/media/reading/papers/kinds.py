"""What sort of document a file is: by its content, then by what it is called."""

from __future__ import annotations

from pathlib import PurePath

from recado.documents.extract import KINDS
from recado.media.reading.port import FileToRead

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_BY_TYPE = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    f"{_OPEN}.text": "odt",
    f"{_OPEN}.spreadsheet": "ods",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "text/markdown": "markdown",
    "message/rfc822": "eml",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
}
#: What a text may be by its name; everything else that is text is plain.
_TEXTS = frozenset({"markdown", "csv", "json", "eml", "vcf", "rtf", "html"})
#: A text says by its beginning what it is, whatever it is called.
_BEGINNINGS = ((b"{\\rtf", "rtf"), (b"BEGIN:VCARD", "vcf"))
#: Documents that hold text and are not read, with what to do about them.
_ADVICE = {
    ".doc": "The document is of an old Word. Save it as .docx or .pdf and send that.",
    ".dot": "The document is of an old Word. Save it as .docx or .pdf and send that.",
    ".xls": "The spreadsheet is of an old Excel. Save it as .xlsx or .pdf and send that.",
    ".xlsb": "The spreadsheet is of a kind that is not read. Save it as .xlsx and send that.",
    ".ppt": "The slides are of an old PowerPoint. Save them as .pptx or .pdf and send that.",
    ".msg": "The mail is in Outlook's own form. Save it as .eml or .pdf and send that.",
    ".pages": "The document is of Pages. Export it as .docx or .pdf and send that.",
    ".numbers": "The spreadsheet is of Numbers. Export it as .xlsx or .pdf and send that.",
    ".key": "The slides are of Keynote. Export them as .pptx or .pdf and send that.",
    ".odp": "The slides are of LibreOffice. Save them as .pptx or .pdf and send that.",
}
_ADVICE_BY_TYPE = {
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-outlook": ".msg",
    f"{_OPEN}.presentation": ".odp",
}


def kind_of_file(file: FileToRead) -> str:
    """The kind (a value of documents.extract.KINDS) that it is read as, "" for none."""
    mime_type = file.mime_type.partition(";")[0].strip().lower()
    named = KINDS.get(_suffix(file), "")
    if found := _BY_TYPE.get(mime_type):
        return found
    if mime_type.startswith("text/"):
        head = file.data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
        begun = (kind for start, kind in _BEGINNINGS if head.upper().startswith(start.upper()))
        return next(begun, named if named in _TEXTS else "text")
    # A zip archive whose content does not say more, or bytes: the reader looks for itself.
    return named if mime_type in ("application/zip", "application/octet-stream", "") else ""


def advice_for(file: FileToRead) -> str:
    """What to do about a document that is not read, "" where it is none that anyone reads."""
    mime_type = file.mime_type.partition(";")[0].strip().lower()
    suffix = _suffix(file)
    if mime_type == "application/msword" and suffix in {".docx", ".xlsx", ".pptx", ".docm"}:
        return "The document is locked with a password. Save it without one and send that."
    by_type = _ADVICE_BY_TYPE.get(mime_type, "")
    old = {".doc", ".xls", ".ppt", ".msg"}  # one content, told apart by the name alone
    if by_type and not (mime_type == "application/msword" and suffix in old):
        return _ADVICE[by_type]
    return _ADVICE.get(suffix, "") if mime_type not in _BY_TYPE else ""


def _suffix(file: FileToRead) -> str:
    return PurePath(file.filename.strip().replace("\\", "/")).suffix.lower()
