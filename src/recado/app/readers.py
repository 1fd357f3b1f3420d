"""Every reader of files that there is: a new one is its folder, and a line here."""

from __future__ import annotations

from recado.media.reading.papers.opening import open_documents, open_scans, open_textract
from recado.media.reading.pictures.codes import open_codes
from recado.media.reading.pictures.ocr import open_ocr
from recado.media.reading.pictures.rekognition import open_rekognition
from recado.media.reading.plan import Opener, OpenerOver
from recado.media.reading.sound.opening import open_sound

#: By the names that media/reading/plan.py orders them by: `codes`, `ocr`, `rekognition`,
#: `documents`, `scans`, `textract`, `transcription`, `vision`, `frames`. The last two keep what
#: they cost, and need more than settings (wiring.py).
READERS: dict[str, Opener] = {
    "codes": open_codes,
    "ocr": open_ocr,
    "rekognition": open_rekognition,
    "transcription": open_sound,
    "documents": open_documents,
    "textract": open_textract,
}
#: Of pages that are pictures, `ocr` reads the words.
READERS_OVER: dict[str, OpenerOver] = {"scans": open_scans}
