"""Lines: the business's addresses on channels, what to give to Meta, and whether they work."""

from __future__ import annotations

from starlette.responses import Response

from recado.channels.port import Line
from recado.desk.queries import list_line_events
from recado.desk.visit import Visit
from recado.errors import Unprocessable
from recado.security.audit import record
from recado.settings import mask

#: What a WhatsApp line needs, in the order in which Meta's pages show it.
CREDENTIALS = ("access_token", "app_secret", "verify_token")
#: Meta's phone number ids are digits.
MAX_ADDRESS = 64


async def show(visit: Visit) -> Response:
    """`GET /lines`"""
    lines = sorted(await visit.runtime.lines.all(), key=lambda line: (line.channel, line.name))
    events = await visit.runtime.store.read(list_line_events)
    public = visit.runtime.settings.public_url
    base = public or str(visit.request.base_url).rstrip("/")
    return visit.render(
        "lines.html", lines=lines, events=events, base=base, public=public, masked=masked
    )


def masked(line: Line) -> dict[str, str]:
    return {name: mask(value) for name, value in line.credentials.items() if value}


async def add(visit: Visit) -> Response:
    """`POST /lines`: a WhatsApp number."""
    address = (await visit.field("address")).strip()
    name = " ".join((await visit.field("name")).split())[:100] or "WhatsApp"
    if not address.isascii() or not address.isdigit() or len(address) > MAX_ADDRESS:
        raise Unprocessable("The phone number id is digits: not the number itself, but its id.")
    credentials = {field: (await visit.field(field)).strip() for field in CREDENTIALS}
    for field, value in credentials.items():
        if not value:
            raise Unprocessable(f"The line needs its {field.replace('_', ' ')}.")
    line = await visit.runtime.lines.add("whatsapp", address, name, credentials)
    await _record(visit, "line.added", line.id)
    return visit.done("/lines", "The line was added. Check it, then subscribe the webhook at Meta.")


async def check(visit: Visit) -> Response:
    """`POST /lines/{id}/check`: what is wrong with it, each with its fix."""
    line = await visit.runtime.lines.get(visit.request.path_params["id"])
    problems = await visit.runtime.channel(line.channel).check(line)
    return visit.render("parts/check.html", problems=problems, line=line)


async def switch(visit: Visit) -> Response:
    """`POST /lines/{id}`: enabled or not."""
    line = await visit.runtime.lines.get(visit.request.path_params["id"])
    enabled = await visit.field("enabled") == "yes"
    await visit.runtime.lines.update(line.id, name=line.name, enabled=enabled)
    await _record(visit, "line.enabled" if enabled else "line.disabled", line.id)
    return visit.done("/lines", "Saved.")


async def _record(visit: Visit, action: str, line_id: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, line_id))
