"""The desk shows small pictures and opens the whole ones."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import delete
from starlette.datastructures import Headers
from starlette.responses import Response

from recado.errors import FileRefused, NotFound
from recado.maintenance.personal_data import erase
from recado.media.convert.apart import Converter
from recado.media.convert.pictures import THUMBNAIL
from recado.media.model import Media
from recado.media.storage.port import derived_key, key_of
from recado.media.thumbnails import serve_thumbnail
from recado.media.uploads import keep_upload
from recado.runtime import Runtime
from tests.media.test_keeping_and_forgetting import send_photo
from tests.support.flow import running_flow
from tests.support.runtime import make_runtime


def picture(kind: str = "JPEG", size: tuple[int, int] = (1600, 900), mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    shades = Image.radial_gradient("L").resize(size)
    image = Image.merge("RGB", (shades, shades.rotate(90), shades.rotate(180)))
    if mode == "I;16":
        image = shades.convert("I").point(lambda it: it * 257).convert("I;16")
    elif mode != "RGB":
        image = image.convert(mode)
    image.save(made, kind)
    return made.getvalue()


def turned() -> bytes:
    """As a phone that is held upright writes it: on its side, with a note."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (800, 600)).save(made, "JPEG", exif=exif)
    return made.getvalue()


async def keep(runtime: Runtime, data: bytes, name: str = "foto.jpg", declared: str = "") -> str:
    kept = await keep_upload(runtime, data, filename=name, line_id="", declared=declared)
    return kept.id


async def small(runtime: Runtime, media_id: str) -> Response:
    return await serve_thumbnail(runtime, media_id, Headers())


def opened(response: Response) -> Image.Image:
    assert response.media_type == "image/webp"
    return Image.open(io.BytesIO(bytes(response.body)))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"),
     ("WEBP", "RGB"), ("GIF", "P"), ("TIFF", "RGB"), ("BMP", "RGB"), ("AVIF", "RGB")],
)  # fmt: skip
async def test_every_picture_has_a_small_one(kind: str, mode: str, tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        media_id = await keep(runtime, picture(kind, mode=mode), f"foto.{kind.lower()}")
        drawn = opened(await small(runtime, media_id))
        assert drawn.width <= THUMBNAIL[0]
        assert drawn.height <= THUMBNAIL[1]
        assert abs(drawn.width / drawn.height - 16 / 9) < 0.02
        assert len({drawn.convert("L").getpixel((x, 100)) for x in range(0, 600, 20)}) > 3


async def test_a_photo_stands_upright(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        drawn = opened(await small(runtime, await keep(runtime, turned())))
        assert drawn.height > drawn.width


async def test_it_is_made_once_and_kept_beside_its_file(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        media_id = await keep(runtime, picture())
        first = await small(runtime, media_id)
        await runtime.blobs.put(key_of(media_id), b"the whole is not read again")
        again = await small(runtime, media_id)
        assert again.body == first.body
        tag = Headers({"if-none-match": first.headers["etag"]})
        assert (await serve_thumbnail(runtime, media_id, tag)).status_code == 304


async def test_a_trap_is_given_up_and_tried_once(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        # A PDF that is none inside: its first page cannot be drawn.
        broken = await keep(runtime, b"%PDF-1.4\n" + b"x" * 400, "precios.pdf")
        assert (await small(runtime, broken)).status_code == 204
        assert await runtime.blobs.get(derived_key(broken, "thumb")) == b""
        assert (await small(runtime, broken)).status_code == 204


async def test_a_picture_of_gigapixels_is_refused_within_the_limits() -> None:
    head = picture("PNG", (8, 8))
    # 50,000 x 50,000 in the header (PNG, 11.2.2), with the header's checksum.
    ihdr = b"IHDR" + (50_000).to_bytes(4, "big") * 2 + head[24:29]
    bomb = head[:12] + ihdr + zlib.crc32(ihdr).to_bytes(4, "big") + head[33:]
    with pytest.raises(FileRefused, match="pixels"):
        await Converter().make("thumb", bomb)


async def test_the_first_page_of_a_pdf_and_the_first_picture_of_a_video_are_drawn(
    tmp_path: Path,
) -> None:
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(100, 750, "Lista de precios")
    canvas.save()
    async with make_runtime(tmp_path) as runtime:
        pdf = await keep(runtime, made.getvalue(), "precios.pdf")
        assert opened(await small(runtime, pdf)).width > 200
        video = await keep(runtime, clip(), "clip.mp4")
        assert opened(await small(runtime, video)).size == (320, 240)


def clip() -> bytes:
    import av

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame(320, 240, "yuv420p")
            frame.pts = number
            for plane in frame.planes:
                plane.update(bytes([90]) * plane.buffer_size)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return made.getvalue()


async def test_what_has_no_small_picture_has_none(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        text = await keep(runtime, b"hola", "notas.txt")
        assert (await small(runtime, text)).status_code == 204
        with pytest.raises(NotFound):
            await small(runtime, "0" * 32)


async def test_one_that_is_drawn_while_its_file_is_erased_does_not_stay(tmp_path: Path) -> None:
    class Erasing(Converter):
        async def make(self, *asked: object, **given: object) -> bytes:
            await runtime.store.write(lambda tx: tx.execute(delete(Media)))
            return b"drawn"

    async with make_runtime(tmp_path) as runtime:
        media_id = await keep(runtime, picture())
        runtime.converter = Erasing()
        for asked in (small(runtime, media_id), runtime.blobs.get(derived_key(media_id, "thumb"))):
            with pytest.raises(NotFound):
                await asked


async def test_it_goes_with_the_person(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        hers = await send_photo(flow, "ana-maria")
        await small(flow.runtime, hers)
        await flow.runtime.blobs.get(derived_key(hers, "thumb"))
        await erase(flow.runtime, "ana-maria", actor="cli")
        with pytest.raises(NotFound):
            await flow.runtime.blobs.get(derived_key(hers, "thumb"))
