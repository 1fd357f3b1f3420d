"""Photos of printed price lists, receipts and pages, made here as a phone would take them: turned,
leaning, blurred, of 12 megapixels from the side, with shadow, noise and JPEG's artefacts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/truetype")
FACES = {
    "DejaVu Sans": "dejavu/DejaVuSans.ttf",
    "Liberation Sans": "liberation/LiberationSans-Regular.ttf",
    "Liberation Serif": "liberation/LiberationSerif-Regular.ttf",
    "Liberation Serif Italic": "liberation/LiberationSerif-Italic.ttf",
    "Liberation Mono": "liberation/LiberationMono-Regular.ttf",
}
CLEAN = ("DejaVu Sans", "Liberation Sans", "Liberation Serif Italic", "Liberation Mono")
TABLE, SHADE = (118, 86, 60), 150


class PriceList(NamedTuple):
    title: str
    rows: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        return [self.title, *(f"{name} {price}" for name, price in self.rows), *self.foot]


LISTS = {
    "es": PriceList(
        "Peluquería Sofía",
        (
            ("Corte de señora", "18,50 €"),
            ("Corte de niño", "12,00 €"),
            ("Café con leche", "2,50 €"),
            ("Piña colada sin alcohol", "4,80 €"),
            ("Menú del día", "13,90 €"),
            ("Jamón ibérico, ración", "16,75 €"),
            ("Depilación láser, sesión", "39,00 €"),
            ("Champú de ortiga y pingüino", "7,20 €"),
        ),
        (
            "¿Dudas? Llámenos al 91 555 01 23",
            "¡Oferta de otoño: 20% los miércoles!",
            "Abierto de lunes a sábado, 9:30-20:00",
        ),
    ),
    "pt": PriceList(
        "Salão de Beleza São João",
        (
            ("Pão de queijo", "R$ 6,50"),
            ("Feijão tropeiro", "R$ 24,90"),
            ("Coração de frango", "R$ 18,00"),
            ("Maçã e limão, suco", "R$ 9,75"),
            ("Corte feminino à mão", "R$ 80,00"),
            ("Hidratação capilar", "R$ 65,00"),
            ("Sobrancelhas e cílios", "R$ 35,50"),
            ("Manicure às terças", "R$ 1.280,00"),
        ),
        (
            "Não cobramos taxa de serviço",
            "Horário: terça a sábado, das 9h às 19h",
            "Avenida das Nações, 1.250 - próximo à estação",
        ),
    ),
    "en": PriceList(
        "Corner Coffee & Bakery",
        (
            ("Flat white", "£3.20"),
            ("Espresso, double", "£2.40"),
            ("Almond croissant", "£2.95"),
            ("Eggs on sourdough toast", "£8.50"),
            ("Soup of the day", "£6.00"),
            ("Earl Grey tea, pot", "£3.75"),
            ("Crème brûlée", "£5.25"),
            ("Chicken & avocado wrap", "£7.80"),
        ),
        (
            "Please tell us about any allergies.",
            "Open daily from 7:30 to 18:00",
            "Free Wi-Fi: ask at the counter!",
        ),
    ),
}


class Photo(NamedTuple):
    """`lines` is what a person reads in it."""

    name: str
    data: bytes
    mime_type: str
    lines: list[str]


def typeface(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / FACES[face]), size)


def printed(what: PriceList, face: str, *, size: int = 34, leaders: bool = False) -> Image.Image:
    """A sheet with names at the left and prices at the right."""
    width, margin, step = 1000, 70, int(size * 1.75)
    plain = typeface(face, size)
    sheet = Image.new("RGB", (width, size * 8 + step * (len(what.lines) - 1)), (252, 250, 245))
    draw = ImageDraw.Draw(sheet)
    ink, y = (25, 25, 25), int(size * 1.2)
    draw.text((width / 2, y), what.title, ink, typeface(face, int(size * 1.5)), "ma")
    y += size * 3
    for name, price in what.rows:
        draw.text((margin, y), name, ink, plain)
        draw.text((width - margin, y), price, ink, plain, "ra")
        if leaders:
            begin = margin + draw.textlength(name, plain) + size * 0.4
            end = width - margin - draw.textlength(price, plain) - size * 0.4
            dots = "." * int((end - begin) / draw.textlength(".", plain))
            draw.text((begin, y), dots, ink, plain)
        y += step
    y += size
    for line in what.foot:
        draw.text((margin, y), line, ink, typeface(face, int(size * 0.8)))
        y += step
    return sheet


def columns(left: list[str], right: list[str], *, size: int = 26) -> Image.Image:
    """Two columns side by side."""
    face = typeface("Liberation Sans", size)
    sheet = Image.new("RGB", (1400, 120 + 44 * max(len(left), len(right))), "white")
    draw = ImageDraw.Draw(sheet)
    for x, lines in ((50, left), (750, right)):
        for at, line in enumerate(lines):
            draw.text((x, 50 + 44 * at), line, "black", face)
    return sheet


def leaning(sheet: Image.Image, degrees: float) -> Image.Image:
    return sheet.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(200, 195, 190))


def blurred(sheet: Image.Image, radius: float = 2.2) -> Image.Image:
    return sheet.filter(ImageFilter.GaussianBlur(radius))


def on_a_table(sheet: Image.Image, size: tuple[int, int] = (4000, 3000)) -> Image.Image:
    """12 megapixels: the sheet from the side, half in the shade, with the noise of a sensor."""
    width, height = size
    scale = min(width * 0.8 / sheet.width, height * 0.86 / sheet.height)
    w, h = sheet.width * scale, sheet.height * scale
    x, y = (width - w) / 2, (height - h) / 2
    corners = [(x + w * 0.06, y), (x + w * 0.96, y + h * 0.03), (x + w, y + h), (x, y + h * 0.97)]
    seen = _perspective(corners, sheet.size)
    how = (Image.Transform.PERSPECTIVE, seen, Image.Resampling.BICUBIC)
    photo = Image.new("RGB", size, TABLE)
    photo.paste(
        sheet.transform(size, *how), mask=Image.new("L", sheet.size, 255).transform(size, *how)
    )
    shade = (
        Image.linear_gradient("L").resize(size).point(lambda it: SHADE + it * (255 - SHADE) // 255)
    )
    photo = ImageChops.multiply(photo, Image.merge("RGB", [shade] * 3))
    photo = photo.filter(ImageFilter.GaussianBlur(1.5))
    noise = Image.effect_noise(size, 14)
    return ImageChops.add(photo, Image.merge("RGB", [noise] * 3), 1, -128)


def jpeg(picture: Image.Image, quality: int = 75, *, orientation: int = 0) -> bytes:
    """`orientation` is EXIF's: how a viewer has to turn it."""
    made, exif = io.BytesIO(), Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    picture.save(made, "JPEG", quality=quality, exif=exif)
    return made.getvalue()


def png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def clean_photos() -> Iterator[Photo]:
    for language, what in LISTS.items():
        for face in CLEAN:
            data = png(printed(what, face))
            yield Photo(f"{language}, {face}", data, "image/png", what.lines)


def hard_photos() -> Iterator[Photo]:
    faces = ("Liberation Sans", "Liberation Serif", "DejaVu Sans")
    for (language, what), face in zip(LISTS.items(), faces, strict=True):
        sheet = printed(what, face)
        made = {
            "turned by 90°": jpeg(sheet.rotate(90, expand=True)),
            "turned by 180°": jpeg(sheet.rotate(180)),
            "turned by 270°": jpeg(sheet.rotate(270, expand=True)),
            "leaning by 8°": jpeg(leaning(sheet, 8)),
            "leaning by -8°": jpeg(leaning(sheet, -8)),
            "on its head, leaning by 8°": jpeg(leaning(sheet, 188)),
            "blurred": jpeg(blurred(sheet)),
            "small": jpeg(sheet.resize((sheet.width // 2, sheet.height // 2)), 50),
            "12 MP": jpeg(on_a_table(sheet), 70),
        }
        for name, data in made.items():
            yield Photo(f"{language}, {name}", data, "image/jpeg", what.lines)


def error_rate(read: list[str], meant: list[str]) -> float:
    """The characters to change, put in or take out, for each that is there (CER)."""
    there = "\n".join(" ".join(it.split()) for it in meant)
    return _distance("\n".join(" ".join(it.split()) for it in read), there) / len(there)


def _distance(one: str, other: str) -> int:
    before = list(range(len(other) + 1))
    for at, a in enumerate(one, 1):
        now = [at]
        for n, b in enumerate(other):
            now.append(min(before[n + 1] + 1, now[-1] + 1, before[n] + (a != b)))
        before = now
    return before[-1]


def _perspective(corners: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight figures that bring a picture of `size` to these corners, by elimination."""
    w, h = size
    rows = []
    for (x, y), (u, v) in zip(corners, [(0, 0), (w, 0), (w, h), (0, h)], strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):
        best = max(range(i, 8), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for r in range(8):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [rows[i][8] / rows[i][i] for i in range(8)]
