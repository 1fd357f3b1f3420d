"""The readers that tests/contracts/test_readers.py holds to the port: a new one is a line here,
with a file in which there is something for it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NamedTuple

import segno

from recado.app.readers import READERS
from recado.errors import SettingsError
from recado.media.reading.port import FileReader, FileToRead
from recado.settings import Settings
from tests.support.papers import invoice_pdf


class Case(NamedTuple):
    """`file` makes the file, `says` is among the words that stand in it."""

    name: str
    file: Callable[[], FileToRead]
    says: str

    def open(self, settings: Settings) -> FileReader:
        reader = READERS[self.name](settings)
        if reader is None:
            raise SettingsError(f"{self.name} is not installed here.")
        return reader


def _qr() -> FileToRead:
    picture = io.BytesIO()
    segno.make("https://recado.example/1").save(picture, kind="png", scale=8)
    return FileToRead("1", "image", "image/png", "", picture.getvalue(), "es")


def _invoice() -> FileToRead:
    return FileToRead("1", "document", "application/pdf", "factura.pdf", invoice_pdf(), "es")


CASES = {
    it.name: it
    for it in (
        Case("codes", _qr, "https://recado.example/1"),
        Case("documents", _invoice, "Total"),
    )
}
