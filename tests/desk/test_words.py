"""The desk speaks three languages, and each of them wholly."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from starlette.requests import Request

import recado.desk
from recado.channels.evolution.channel import EvolutionChannel
from recado.channels.twilio.channel import TwilioChannel
from recado.channels.web.channel import WebChannel
from recado.channels.whatsapp.channel import WhatsAppChannel
from recado.desk.words import CATALOGUE, choose_language, translator

CHANNELS = (WebChannel, WhatsAppChannel, TwilioChannel, EvolutionChannel)
FOLDER = Path(recado.desk.__file__).parent
IN_TEMPLATES = re.compile(r"""_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
IN_PAGES = re.compile(
    r"""visit\.(?:nothing|say)\(\s*"([^"]+)"|visit\.done\([^,\n]+,\s*"([^"]+)\""""
)


def spoken() -> set[str]:
    found = set()
    for channel in CHANNELS:
        found |= {channel.title, channel.address_label}
        found |= {text for it in channel.credentials for text in (it.label, it.help)}
    for path in FOLDER.glob("templates/**/*.html"):
        found |= {a or b for a, b in IN_TEMPLATES.findall(path.read_text())}
    for path in FOLDER.glob("*.py"):
        found |= {a or b for a, b in IN_PAGES.findall(path.read_text())}
    return found


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_text_of_the_desk_is_translated(language: str) -> None:
    assert len(spoken()) > 200
    assert spoken() - set(CATALOGUE[language]) == set()


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_translations_keep_their_places_for_values(language: str) -> None:
    for text, translated in CATALOGUE[language].items():
        assert places(text) == places(translated), text


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_text_without_translation_is_shown_in_english() -> None:
    assert translator("es")("Something {new}", new="odd") == "Something odd"


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "", "es"),
        ("fr-FR, pt;q=0.7, en;q=0.8", "", "en"),
        ("PT-br", "", "pt"),
        ("de", "", "en"),
        ("", "", "en"),
        ("es;q=zero, pt", "", "pt"),
        ("es", "pt", "pt"),
        ("es", "klingon", "es"),
    ],
)
def test_the_user_chooses_else_the_browser(header: str, cookie: str, language: str) -> None:
    headers = [(b"accept-language", header.encode())]
    if cookie:
        headers.append((b"cookie", f"language={cookie}".encode()))
    assert choose_language(Request({"type": "http", "headers": headers})) == language
