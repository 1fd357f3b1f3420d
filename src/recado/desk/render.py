"""Templates, and what they may call: words, icons, times, money, WhatsApp's markup."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from recado.desk.file_kinds import kind_of_file
from recado.desk.markup import plain, render_markup
from recado.desk.shown import file_of, mapping, mappings, offer_of, rows, total
from recado.desk.words import Translator

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
#: How many colours the style sheet has for initials.
TINTS = 8


def build_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"static": static_url, "icon": icon}
    environment.filters |= {
        "markup": render_markup,
        "plain": plain,
        "version": version,
        "initials": initials,
        "tint": tint,
        "iso": iso,
        "clock": clock,
        "percent": percent,
        "money": money,
        "milliseconds": milliseconds,
        "filesize": filesize,
        "pretty": pretty,
        "short": short,
        "file": file_of,
        "offer": offer_of,
        "kind_of_file": kind_of_file,
        "rows": rows,
        "total": total,
        "mapping": mapping,
        "mappings": mappings,
        "slot_place": slot_place,
    }
    return environment


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/desk/static/{name}?v={digest}"


@cache
def icon(name: str, css: str = "") -> Markup:
    """An icon of static/icons.svg, hidden from screen readers: the words beside it speak."""
    use = Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>')
    return use.format(css, static_url("icons.svg"), name)


def version(html: str) -> str:
    """Tells two renderings of the same thing apart, so that pages replace only what changed."""
    return f"{zlib.crc32(html.encode()):08x}"


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "#"
    if words[0].isdigit():
        return words[0][-2:]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


def tint(key: str) -> int:
    """A colour for a person, always the same one."""
    return zlib.crc32(key.encode()) % TINTS


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(at: float) -> str:
    """Hours and minutes in UTC; the page turns them into local ones (static/times.js)."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M")


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def money(dollars: float) -> str:
    if dollars and dollars < 0.01:
        return f"US$ {dollars:.5f}".rstrip("0")
    return f"US$ {dollars:.2f}"


def milliseconds(value: float) -> str:
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def filesize(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def pretty(value: Any) -> str:
    """Anything as JSON that a person can read."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()


def short(text: str, length: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def slot_place(key: str, say: Translator) -> str:
    """Where a template's slot (templates/slots.py) stands, for people: `body.1` is "1",
    `cards.0.buttons.1` is "Card 1 · Button 2"."""
    parts = key.split(".")
    places = []
    while len(parts) > 1 and parts[0] in _COUNTED and parts[1].isdigit():
        places.append(f"{say(_COUNTED[parts[0]])} {int(parts[1]) + 1}")
        parts = parts[2:]
    if parts and parts[0] == "header":
        places.append(say("Header"))
    return " · ".join([*places, *parts[1:]])


#: Parts of a template of which there are several, counted from 0.
_COUNTED = {"cards": "Card", "buttons": "Button"}
