"""What services that read files cost, which count minutes, pictures or pages and no tokens: by the
operator's own price (RECADO_MODEL_PRICES), else by this table.

US dollars as of 2026 in the first tier; Amazon's are those of us-east-1.
https://developers.openai.com/api/docs/models/gpt-transcribe
https://aws.amazon.com/transcribe/pricing/ https://aws.amazon.com/rekognition/pricing/
https://aws.amazon.com/textract/pricing/
"""

from __future__ import annotations

from typing import get_args

import msgspec

from recado.media.reading.spending import Unit

UNITS: tuple[str, ...] = get_args(Unit)


class UnitPrice(msgspec.Struct, frozen=True):
    """US dollars for one of what the service counts."""

    dollars: float
    unit: str


PRICES = {
    "openai:gpt-transcribe": UnitPrice(0.0045, "minute"),
    "openai:whisper-1": UnitPrice(0.006, "minute"),
    # These count tokens; OpenAI says what that comes to in a minute.
    "openai:gpt-4o-transcribe": UnitPrice(0.006, "minute"),
    "openai:gpt-4o-mini-transcribe": UnitPrice(0.003, "minute"),
    "aws:transcribe": UnitPrice(0.024, "minute"),
    "aws:rekognition": UnitPrice(0.001, "picture"),
    "aws:textract": UnitPrice(0.0015, "page"),
}
