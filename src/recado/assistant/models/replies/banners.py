"""Lines that frame the parts of a text: `[BEGIN FINAL RESPONSE]`, `=== ANSWER ===`,
`[[ ## reasoning ## ]]`."""

from __future__ import annotations

import re

_BANNER = re.compile(
    r"^[ \t]{0,9}(?:\[{1,3}|={2,12}|-{2,12}|#{2,12}|<{2,4}|\*{3,12}|~{3,12}|_{3,12})"
    r"[ \t#=*_~-]{0,9}"
    r"(?P<edge>/|(?:begin|start|beginning|inicio|início|end|fin|fim)\b)?"
    r"[ \t_]{0,3}(?:of |de |da |do )?(?:the |my |your |la |a )?"
    r"(?:(?P<answer>(?:final[ _]?)?(?:answer|response|reply|output|result|text|message)"
    r"|(?:respuesta|resposta)(?: final)?)"
    r"|(?P<other>(?:internal |step[- ]by[- ]step )?(?:reasoning|thinking|thoughts?|analysis"
    r"|rationale|scratchpad|plan|razonamiento|raciocínio|pensamiento|pensamento|análisis|análise|completed"
    r"|confidence|known|asked_for_person|sources?|tool[ _]calls?)(?: process| steps?)?))"
    r"[ \t#=*_~:-]{0,9}(?:\]{1,3}|={2,12}|-{2,12}|#{2,12}|>{2,4}|\*{3,12}|~{3,12}|_{3,12})"
    r"[ \t]{0,9}$",
    re.IGNORECASE | re.MULTILINE,
)


def within_banners(text: str) -> str:
    """What stands under the last banner of an answer; without one, what stands under none."""
    banners = list(_BANNER.finditer(text))
    if not banners:
        return text
    parts = list(zip(banners, [*(it.start() for it in banners[1:]), len(text)], strict=True))
    told = [text[it.end() : end] for it, end in parts if it["answer"] and not _closes(it)]
    if told := [part for part in told if part.strip()]:
        return told[-1]
    outside = [text[it.end() : end] for it, end in parts if _closes(it)]
    return "".join([text[: banners[0].start()], *outside])


def _closes(banner: re.Match[str]) -> bool:
    return (banner["edge"] or "").lower() in ("/", "end", "fin", "fim")
