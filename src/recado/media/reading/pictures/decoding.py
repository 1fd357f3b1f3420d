"""Barcodes and QR codes: only in the process of its own."""

from __future__ import annotations

import zxingcpp

from recado.media.reading.pictures.tasks import Codes, ReadCodes
from recado.media.reading.pictures.unpacking import unpack

SIDE = 2400
#: What a picture of a shelf may show; a code holds 3,000 characters at most.
MOST_CODES, MOST_CHARS = 20, 3_000


def read_codes(task: ReadCodes) -> Codes:
    """Each once. Raises FileRefused."""
    picture = unpack(task.data, task.mime_type, SIDE)
    found = zxingcpp.read_barcodes(picture.convert("L"), text_mode=zxingcpp.TextMode.Plain)
    said = (f"{it.format}: {it.text[:MOST_CHARS]}" for it in found if it.valid and it.text.strip())
    return Codes(tuple(dict.fromkeys(said))[:MOST_CODES])
