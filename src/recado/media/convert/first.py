"""The first page of a document and the first picture of a video, where what reads them is
installed. Called in a process of their own (apart.py)."""

from __future__ import annotations

import io

from PIL import Image

from recado.errors import FileRefused
from recado.media.convert.pictures import THUMBNAIL, thumbnail

#: A video that shows nothing within so many packets shows nothing.
MOST_PACKETS = 500


def of_pdf(data: bytes) -> bytes:
    """A thumbnail of the first page. Raises FileRefused."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        page = document[0]
        width, height = page.get_size()
        # A page may say that it is as large as a house.
        scale = min(2.0, THUMBNAIL[0] / max(width, 1.0), 2.0 * THUMBNAIL[1] / max(height, 1.0))
        drawn = page.render(scale=scale).to_pil()
        # Only its upper part: that is what tells one letter from another at this size.
        drawn = drawn.convert("RGB").crop((0, 0, drawn.width, min(drawn.height, drawn.width)))
    except (pypdfium2.PdfiumError, ValueError, IndexError, OSError) as error:
        raise FileRefused("The document's first page cannot be drawn.") from error
    made = io.BytesIO()
    drawn.save(made, "PNG")
    return thumbnail(made.getvalue())


def of_video(data: bytes) -> bytes:
    """A thumbnail of the first picture. Raises FileRefused."""
    import av

    made = io.BytesIO()
    try:
        with av.open(io.BytesIO(data), mode="r", metadata_errors="ignore") as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            for number, packet in enumerate(container.demux(stream)):
                frames = packet.decode()
                if frames:
                    picture: Image.Image = frames[0].to_image()  # type: ignore[no-untyped-call]
                    picture.convert("RGB").save(made, "PNG")
                    break
                if number > MOST_PACKETS:
                    break
    except (av.FFmpegError, IndexError, ValueError, OSError) as error:
        raise FileRefused("The video's first picture cannot be drawn.") from error
    if not made.tell():
        raise FileRefused("The video shows no picture.")
    return thumbnail(made.getvalue())
