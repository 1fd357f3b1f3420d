"""What a link says about the file behind it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit


def name_in(link: Any) -> str:
    """The file's name in its link, ending included; "" where there is none that is one."""
    if not isinstance(link, str):
        return ""
    try:
        path = urlsplit(link).path
    except ValueError:
        return ""
    name = PurePosixPath(unquote(path, errors="replace")).name
    name = "".join(char for char in name if char.isprintable()).strip()
    return name[-240:] if "." in name.strip(".") else ""
