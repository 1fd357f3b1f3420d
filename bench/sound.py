"""What it takes to decode a voice note, judge it and cut it: in a process that does only that."""

from __future__ import annotations

import asyncio
import sys

from bench.report import Report
from tests.support import voice_notes as vn

SECONDS = (60, 300, 960)
_SENTENCE = "Hola, buenas. Quería saber si tienen turno el jueves, para un corte y color."
#: Prints the parts, the processor's seconds and the most memory that was held, in kilobytes: of
#: the process itself, since what its parent held at the fork counts elsewhere.
_CHILD = """
import re, sys, time
from pathlib import Path
from recado.media.reading.sound.listening import listen
recording = listen(sys.stdin.buffer.read())
(most,) = re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(len(recording.parts), time.process_time(), most)
"""


async def sound(report: Report) -> None:
    for seconds in SECONDS:
        note = await asyncio.to_thread(vn.encode, vn.talk(seconds, _SENTENCE))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await child.communicate(note)
        parts, took, most = told.split()
        report.add(
            f"a voice note of {seconds / 60:.0f} min decoded",
            f"{float(took):.2f} s of a processor",
            f"{int(most) / 1024:.0f} MB, {int(parts)} parts",
        )
