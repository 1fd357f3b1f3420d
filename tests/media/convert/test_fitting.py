"""What goes out is made what the channel shows; what cannot be is sent as it came."""

from __future__ import annotations

import io
import math
from array import array

import av
import pytest
from PIL import Image

from recado.channels.whatsapp import WhatsAppChannel
from recado.channels.whatsapp.check import LARGEST, check_type
from recado.errors import FileRefused
from recado.media.checks import check_file
from recado.media.convert.apart import Converter
from recado.media.convert.fitting import Fitting, fit
from recado.settings import load_settings
from tests.media.test_thumbnails import picture


async def fitted(data: bytes, filename: str, declared: str = "") -> Fitting:
    channel = WhatsAppChannel.from_settings(load_settings(None))
    try:
        return await fit(Converter(), channel, data, filename, declared)
    finally:
        await channel.close()


def noise(kind: str, size: tuple[int, int]) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(made, kind, quality=100)
    return made.getvalue()


def recording(codec: str, kind: str, seconds: float = 3.0) -> bytes:
    made = io.BytesIO()
    rate = 44_100 if codec != "libopus" else 48_000
    with av.open(made, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        wave = array("h", (int(9000 * math.sin(n / 20)) for n in range(int(rate * seconds))))
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(wave))
        frame.planes[0].update(wave.tobytes() + bytes(frame.planes[0].buffer_size - 2 * len(wave)))
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.format.name,
            layout="mono",
            rate=rate,
            frame_size=stream.frame_size or None,
        )
        for even in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(even))
        container.mux(stream.encode(None))
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("WEBP", "RGB"), ("TIFF", "RGB"), ("BMP", "RGB"), ("AVIF", "RGB"), ("JPEG", "CMYK"),
     ("PNG", "I;16")],
)  # fmt: skip
async def test_a_picture_that_whatsapp_does_not_show_goes_as_a_photo(kind: str, mode: str) -> None:
    made = await fitted(picture(kind, mode=mode), f"foto.{kind.lower()}")
    assert made.filename == "foto.jpg"
    mime_type = check_file(made.data, made.declared, "image")
    check_type("image", mime_type, len(made.data))
    assert Image.open(io.BytesIO(made.data)).size == (1600, 900)


async def test_a_photo_over_the_limit_is_scaled_to_it() -> None:
    large = noise("JPEG", (4000, 3000))
    assert len(large) > LARGEST["image"]
    made = await fitted(large, "foto.jpg")
    assert len(made.data) <= LARGEST["image"]
    check_type("image", check_file(made.data, made.declared, "image"), len(made.data))


async def test_what_the_camera_noted_of_the_place_does_not_go_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "home, 19.43 N 99.13 W"
    data = io.BytesIO()
    Image.new("RGB", (64, 64)).save(data, "WEBP", exif=exif)
    made = await fitted(data.getvalue(), "foto.webp")
    assert b"19.43" not in made.data


@pytest.mark.parametrize(
    ("codec", "kind", "name"),
    [("pcm_s16le", "wav", "nota.wav"), ("libopus", "webm", "nota.webm"),
     ("flac", "flac", "nota.flac")],
)  # fmt: skip
async def test_a_recording_of_another_kind_goes_as_sound(codec: str, kind: str, name: str) -> None:
    made = await fitted(recording(codec, kind), name)
    assert made.filename == "nota.ogg"
    mime_type = check_file(made.data, made.declared, "audio")
    check_type("audio", mime_type, len(made.data), voice=True)
    with av.open(io.BytesIO(made.data), mode="r") as heard:
        samples = sum(frame.samples for frame in heard.decode(audio=0))
    assert abs(samples / 48_000 - 3.0) < 0.2


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_what_whatsapp_shows_is_not_touched(kind: str) -> None:
    data = picture(kind)
    assert await fitted(data, "foto") == Fitting(data, "foto", "")


async def test_what_moves_and_what_is_no_picture_goes_as_it_is() -> None:
    made = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "teal")]
    frames[0].save(made, "WEBP", save_all=True, append_images=frames[1:])
    for data, name in ((made.getvalue(), "baila.webp"), (b"hola", "notas.txt")):
        assert (await fitted(data, name)).data == data


async def test_what_cannot_be_converted_goes_as_it_came() -> None:
    broken = recording("pcm_s16le", "wav", 0.1)[:44]
    assert (await fitted(broken, "nota.wav")).data == broken


async def test_a_trap_is_refused() -> None:
    with pytest.raises(FileRefused):
        await fitted(b"\x7fELF\x02\x01\x01" + bytes(60), "foto.webp", "image/webp")
