"""Whether those who read what people send can: keys, folders, credentials."""

from __future__ import annotations

from recado.errors import RecadoError
from recado.observability.findings import Finding, fine, wrong
from recado.runtime import Runtime


async def check_readers(runtime: Runtime) -> list[Finding]:
    """Of every reader that the settings ask for; nobody outside is asked for anything."""
    readers = runtime.reading.readers
    found: list[Finding] = []
    for reader in readers:
        try:
            await reader.check()
        except RecadoError as error:
            found += wrong(f"{reader.name} cannot read what people send", error.detail)
    return found or fine(", ".join(it.name for it in readers) or "files are kept and not read")


async def check_readers_answer(runtime: Runtime) -> list[Finding]:
    """A word for each of them that asks somebody outside."""
    found: list[Finding] = []
    for reader in runtime.reading.readers:
        try:
            if await reader.probe():
                found += fine(f"{reader.name} answered")
        except RecadoError as error:
            found += wrong(f"{reader.name} cannot read what people send", error.detail)
    return found or fine("no reader asks anybody outside")
