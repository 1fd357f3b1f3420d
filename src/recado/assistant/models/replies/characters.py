"""What models write that no text may hold: halves of characters, and the sign that ends strings."""

from __future__ import annotations

from typing import Any


def whole(text: str) -> str:
    """The text without NUL, its halves of characters joined where they belong together and left
    out where they stand alone."""
    text = text.replace("\0", "")
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def whole_in(value: Any) -> Any:
    """The same for every text in what was read from JSON."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole(str(name)): whole_in(it) for name, it in value.items()}
    return [whole_in(it) for it in value] if isinstance(value, list) else value
