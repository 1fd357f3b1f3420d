"""Rich text (.rtf), as WordPad and old programs save it, to sections by way of its words."""

from __future__ import annotations

from recado.documents.reading import Reading
from recado.documents.sections import read_text
from recado.errors import Unprocessable


def rtf_reading(data: bytes) -> Reading:
    """The sections of its text; rows of tables are rows. Slow on a trap: to be read apart.

    Raises Unprocessable: it is none, or damaged.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unprocessable("The document is damaged, or no .rtf. Save it again as .rtf.")
    try:
        # Its bytes are ASCII; what programs write beyond it is of their code page.
        text = rtf_to_text(data.decode("cp1252", "replace"), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise Unprocessable("The document is damaged. Save it again.") from error
    return read_text(str(text), plain=True)
