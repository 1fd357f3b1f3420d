"""Who writes down what is said, by RECADO_TRANSCRIPTION."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from recado.errors import SettingsError
from recado.extras import needing
from recado.media.reading.sound.reader import SoundReader
from recado.media.reading.sound.transcriber import Transcriber
from recado.resilience.breaker import Figures
from recado.settings import Settings

_SETTING = "RECADO_TRANSCRIPTION"
_PACKAGES = {
    "sound": ("av", "numpy"),
    "local-transcription": ("av", "numpy", "faster_whisper"),
}


def open_sound(settings: Settings) -> SoundReader | None:
    """None: nobody is asked for. Raises SettingsError: no such transcriber, or an extra is
    missing; keys, credentials and folders are looked at by the reader's `check`."""
    chosen = settings.transcription.strip()
    if not chosen:
        return None
    extra = "local-transcription" if chosen.startswith("local:") else "sound"
    with needing(extra, f"{_SETTING}={chosen}"):
        for package in _PACKAGES[extra]:  # used in processes of their own, and never in this one
            if find_spec(package) is None:
                raise ModuleNotFoundError(package)
    return SoundReader(_transcriber(chosen, settings))


def _transcriber(chosen: str, settings: Settings) -> Transcriber:
    kind, _, name = chosen.partition(":")
    breaker = Figures(settings.breaker_failures, settings.breaker_seconds)
    if kind == "openai" and name:
        from recado.media.reading.sound.openai import OpenAITranscriber

        return OpenAITranscriber(name, base_url=settings.openai_base_url, breaker=breaker)
    if kind == "local" and name:
        from recado.media.reading.sound.local import LocalTranscriber

        return LocalTranscriber(Path(name))
    if kind == "aws":
        from recado.media.reading.sound.amazon import open_amazon

        return open_amazon(chosen, settings, breaker)
    raise SettingsError(
        f"{_SETTING} is {chosen!r}: write openai:MODEL (such as openai:gpt-transcribe), aws, or"
        " local:FOLDER."
    )
