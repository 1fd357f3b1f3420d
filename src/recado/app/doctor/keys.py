"""What the doctor finds of RECADO_SECRET_KEY: may the old ones of a list go?"""

from __future__ import annotations

from sqlalchemy import select

from recado.lines.model import LineRow
from recado.observability.findings import Finding, fine, hint
from recado.runtime import Runtime


async def check_secret_key(runtime: Runtime) -> list[Finding]:
    """After a rotation: whether anything still needs a key other than the first."""
    stored = select(LineRow.name, LineRow.credentials).where(LineRow.credentials != "")
    rows = await runtime.store.read(lambda tx: tx.all(stored))
    old = [row.name for row in rows if not runtime.cipher.is_current(row.credentials)]
    if old:
        return hint(
            f"credentials of {', '.join(sorted(old))} were written with an older key",
            "Enter them again under Lines; then the older keys may go from RECADO_SECRET_KEY.",
        )
    return fine("opens all that is stored")
