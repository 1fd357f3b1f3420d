"""Does a line work? Its check, a test message, whether it receives, its pairing with a phone."""

from __future__ import annotations

import segno
from markupsafe import Markup
from starlette.responses import Response

from recado.channels.port import Connection
from recado.conversations.queries import get_message
from recado.desk.lines import keep_record, line_of
from recado.desk.visit import Visit
from recado.errors import NotFound, SendError
from recado.lines.reception import examine_reception
from recado.observability.findings import Finding
from recado.security.audit import record
from recado.sending.begin import identity_of, say_to
from recado.store import Tx


async def check(visit: Visit) -> Response:
    """`POST /lines/{id}/check`: what is wrong with it, each with its fix."""
    line, channel = await line_of(visit)
    problems = await channel.check(line)
    return visit.render("parts/check.html", problems=problems, line=line)


async def receive(visit: Visit) -> Response:
    """`POST /lines/{id}/reception`: does it receive, and if not, why?"""
    line, _ = await line_of(visit)
    findings = await examine_reception(visit.runtime, line, online=True)
    said = [(finding.mark, *_said(visit, finding)) for finding in findings]
    return visit.render("parts/reception.html", findings=said)


async def send(visit: Visit) -> Response:
    """`POST /lines/{id}/test`: a message on the way of every message."""
    line, _ = await line_of(visit)
    identity = identity_of(line, await visit.field("to"))
    text = await visit.field("text")

    def work(tx: Tx) -> str:
        message = say_to(tx, visit.runtime, line, identity, text, actor=visit.user.actor)
        record(tx, visit.user.actor, "line.test", line.id, {"message": message["id"]})
        return str(message["id"])

    return await _sent(visit, line.id, await visit.runtime.store.write(work))


async def show_sent(visit: Visit) -> Response:
    """`GET /lines/{id}/test/{message}`: what became of it."""
    return await _sent(visit, visit.request.path_params["id"], visit.request.path_params["message"])


async def connect(visit: Visit) -> Response:
    """`POST /lines/{id}/connect`: the QR code to scan."""
    line, channel = await line_of(visit)
    try:
        found = await channel.connect(line)
    except SendError as error:
        return _connection(visit, line.id, Connection("closed", detail=error.detail))
    await keep_record(visit, "line.connect", line.id)
    return _connection(visit, line.id, found)


async def show_connection(visit: Visit) -> Response:
    """`GET /lines/{id}/connection`: how the pairing stands."""
    line, channel = await line_of(visit)
    try:
        found = await channel.connection(line)
    except SendError as error:  # the panel says why
        found = Connection("closed", detail=error.detail)
    return _connection(visit, line.id, found)


async def disconnect(visit: Visit) -> Response:
    """`POST /lines/{id}/disconnect`"""
    line, channel = await line_of(visit)
    await channel.disconnect(line)
    await keep_record(visit, "line.disconnect", line.id)
    return _connection(visit, line.id, Connection("closed"))


async def _sent(visit: Visit, line_id: str, message_id: str) -> Response:
    message = await visit.runtime.store.read(lambda tx: get_message(tx, message_id))
    if message.line_id != line_id:
        raise NotFound(f"There is no message {message_id} on this line.")
    return visit.render("parts/line_test.html", message=message)


def _connection(visit: Visit, line_id: str, found: Connection) -> Response:
    return visit.render("parts/connection.html", line_id=line_id, found=found, qr=qr_svg(found.qr))


def qr_svg(text: str) -> Markup | None:
    """The text as a QR code, black on white in every theme; None when there is none."""
    if not text:
        return None
    try:
        code = segno.make(text, micro=False)
    except ValueError:  # more than a QR code holds
        return None
    svg = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - of segno, which draws the text and does not quote it


def _said(visit: Visit, finding: Finding) -> tuple[str, str]:
    """In the visitor's language, where it is Recado that speaks and not the vendor."""
    whole = f"{finding.text}: {finding.fix}"  # as an adapter says it
    if finding.fix and not finding.values and (said := visit.say(whole)) != whole:
        what, _, fix = said.partition(": ")
        return what, fix
    return visit.say(finding.text, **finding.values), visit.say(finding.fix, **finding.values)
