"""Short names of files' types, for people."""

from __future__ import annotations


def kind_of_file(mime_type: str) -> str:
    """A short name for people: PDF, JPEG, XLSX."""
    main, _, sub = mime_type.partition(";")[0].strip().partition("/")
    known = _OFFICE.get(sub) or sub.removeprefix("x-").removeprefix("vnd.").partition("+")[0]
    return (known or main).upper()[:20]


_OFFICE = {
    "msword": "doc",
    "plain": "txt",
    "octet-stream": "file",
    "vnd.ms-excel": "xls",
    "vnd.ms-powerpoint": "ppt",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}
