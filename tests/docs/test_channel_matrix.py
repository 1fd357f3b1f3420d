"""The page of what each channel can do is what the channels say."""

from __future__ import annotations

from pathlib import Path

from recado.app.matrix import page
from recado.app.wiring import open_channels
from recado.settings import load_settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "channels.md"


def test_the_page_is_what_the_channels_say(tmp_path: Path) -> None:
    channels = open_channels(load_settings(None, RECADO_DATA=tmp_path))
    assert PAGE.read_text() == page(channels.values()), (
        "run: python -m recado.app.matrix > docs/reference/channels.md"
    )
