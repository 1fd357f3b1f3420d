"""Bytes to text, in whatever encoding people's programs save it."""

from __future__ import annotations

from contextlib import suppress

from recado.errors import Unprocessable
from recado.language.reading import composed_accents

_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
#: Windows', DOS's and the old Mac's; of those that read a text as well, the first counts.
_ONE_BYTE = ("cp1252", "cp850", "mac_roman")
_OURS = frozenset("áéíóúüñçãõâêôàÁÉÍÓÚÜÑÇÃÕÂÊÔÀ¿¡ºª€£°·–—“”‘’«»…•")


def decode_text(data: bytes) -> str:
    """Text of a file as people save it: UTF-8, UTF-16 or UTF-32, or Windows' Latin; with composed
    accents, which macOS takes apart.

    Raises Unprocessable: the bytes are not text.
    """
    return composed_accents(_decoded(data))


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return _decode(data, encoding)
    if b"\x00" in data:
        return _decode(data, _wide(data))
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    # A few damaged bytes do not make a file in UTF-8 one of Windows.
    lenient = data.decode("utf-8-sig", "replace")
    if sum(1 for char in lenient if char > "\x7f") > 3 * lenient.count("\ufffd"):
        return lenient
    return max((_read_as(data, encoding) for encoding in _ONE_BYTE), key=_letters)


def _read_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")  # every byte is a character there


def _letters(text: str) -> int:
    """How much of a text is of our languages, its other signs counted against it."""
    signs = [sign for sign in text[:200_000] if sign > "\x7f"]
    return sum(1 if sign in _OURS else -1 for sign in signs)


def _wide(data: bytes) -> str:
    """The encoding of a text in which every second byte is none. Raises Unprocessable."""
    sample = data[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd * 2 > half and not even * 4 > half:
        return "utf-16-le"
    if even * 2 > half and not odd * 4 > half:
        return "utf-16-be"
    raise Unprocessable("The file is not text. Save it as plain text in UTF-8 and try again.")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unprocessable(
            f"The file says that it is {encoding.upper()} and is not. Save it in UTF-8."
        ) from error
