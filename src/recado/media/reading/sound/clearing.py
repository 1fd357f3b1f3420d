"""What transcribers write where nobody speaks: credits of subtitles that they have learned from,
and marks of what else is heard."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: `[Música]`, `(aplausos)`, `♪ la la ♪`, `*risas*`: what is heard, not what is said.
_MARK = re.compile(r"\[[^\[\]]{0,80}\]|\([^()]{0,80}\)|\*[^*]{1,80}\*|♪[^♪]{0,200}♪?|[♪♫🎵🎶]")
#: Of which nobody's message consists. Whisper's, for silence in our three languages.
_CREDITS = re.compile(
    r"(?:sub[tí]{2}tulos|legendas?|subtitles|subtitulado|transcri[a-zçãó]{2,8})"
    r"[^\n]{0,40}(?:amara\.org|comunidad|comunidade|community)[^\n]{0,40}|"
    r"(?:¡?suscr[ií]bete(?: al canal)?!?|inscreva-se no canal|thanks? (?:you )?for watching)[.!]?",
    re.IGNORECASE,
)


def is_made_up(texts: Sequence[str]) -> bool:
    """Whether all that a transcriber wrote is of that kind: then nobody spoke."""
    left = _MARK.sub(" ", " ".join(texts))
    return not any(it.isalnum() for it in _CREDITS.sub(" ", left))
