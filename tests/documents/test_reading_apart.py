"""A PDF is read in a process of its own: none holds up the service, and each comes to an end."""

from __future__ import annotations

import asyncio
import io
import time

import pytest
from reportlab.pdfgen.canvas import Canvas

from recado.documents.apart import extract_apart
from recado.documents.extract import extract
from recado.errors import BadRequest, TooLarge, Unprocessable


def pdf(lines: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for at in range(lines):
        canvas.drawString(60, 780 - at % 700, f"Abrimos a las {at}.")
    canvas.save()
    return out.getvalue()


def endless() -> bytes:
    """A page that draws itself again and again."""
    drawn = b"/A Do " * 20
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</A %d 0 R>>>>/Length %d>>"
    )
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>"
        b"/Contents 4 0 R>>"
    )
    stream = b"\nstream\n%s\nendstream" % drawn
    objects.append(b"<</Length %d>>" % len(drawn) + stream)
    objects += [form % (number + 1, len(drawn)) + stream for number in range(5, 15)]
    objects.append(form % (5, 0) + b"\nstream\n\nendstream")
    body = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, len(body))
    )


async def test_it_is_read_as_in_this_process() -> None:
    assert await extract_apart("a.pdf", pdf(3)) == extract("a.pdf", pdf(3))
    assert await extract_apart("a.md", b"# Hola") == extract("a.md", b"# Hola")


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"%PDF-1.4 nothing", Unprocessable, "damaged"),
        (b"", Unprocessable, "ñ.pdf is empty"),
        (b"%PDF" + bytes(21 * 1024 * 1024), TooLarge, "at most 20 MB"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said_as_well(
    data: bytes, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        await extract_apart("ñ.pdf", data)
    with pytest.raises(BadRequest):
        await extract_apart("a.exe", data)


async def test_one_that_never_ends_is_ended_and_holds_nobody_up() -> None:
    longest, last = 0.0, time.monotonic()

    async def beat() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    beating = asyncio.create_task(beat())
    with pytest.raises(Unprocessable, match="takes more than"):
        await extract_apart("a.pdf", endless(), limit_seconds=3)
    beating.cancel()
    assert longest < 1.0
