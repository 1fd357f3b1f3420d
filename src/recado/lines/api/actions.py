"""What the admin API does with a line: check it, test it, pair it with a phone."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from recado.channels.port import Connection, Line
from recado.conversations import queries
from recado.conversations.views import MessageView
from recado.http.answers import answers, done, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.lines.reception import examine_reception
from recado.security.audit import record
from recado.sending.begin import identity_of, say_to
from recado.sending.speak import MAX_TEXT
from recado.store import Tx

router = APIRouter(prefix="/lines", tags=["lines"])


class FindingView(msgspec.Struct, frozen=True):
    """`mark` is fine, hint (worth knowing) or wrong (to be mended); `fix` says how."""

    mark: str
    text: str
    fix: str


class LineCheckView(msgspec.Struct, frozen=True):
    """`problems` with the line's credentials, each with its fix; empty: none. `webhooks` says
    whether the line receives, and what stands in the way."""

    line_id: str
    problems: tuple[str, ...]
    webhooks: tuple[FindingView, ...]


class ConnectionView(msgspec.Struct, frozen=True):
    """How a line that pairs with a phone stands: open, connecting or closed. `qr` is the text to
    show as a QR code, `pairing_code` what to type on the phone instead."""

    line_id: str
    state: str
    qr: str
    pairing_code: str
    detail: str


class LineTest(Body):
    to: Annotated[Text, Field(min_length=1, max_length=200, examples=["+34600111222"])]
    text: Annotated[Text, Field(min_length=1, max_length=MAX_TEXT)] = "Recado: test message."


@router.post("/{line_id}/check", summary="Check a line", responses=answers(LineCheckView, 404))
async def check_line(line_id: IdPath, runtime: RuntimeDep) -> Response:
    """Ask the vendor whether the credentials work and the webhooks arrive, and say what to mend."""
    line = await runtime.lines.get(line_id)
    problems = await runtime.channels[line.channel].check(line)
    findings = await examine_reception(runtime, line, online=True)
    webhooks = tuple(FindingView(it.mark, *it.in_english()) for it in findings)
    return json_response(LineCheckView(line.id, tuple(problems), webhooks))


@router.post(
    "/{line_id}/test",
    status_code=202,
    summary="Send a test message",
    responses=answers(MessageView, 400, 404, 422, status=202),
)
async def test_line(
    line_id: IdPath, test: LineTest, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """To a person's number, on the way of every message: queued, sent, with its statuses. What
    became of it: `GET /messages/{id}`."""
    line = await runtime.lines.get(line_id)
    identity = identity_of(line, test.to)

    def work(tx: Tx) -> MessageView:
        message = say_to(tx, runtime, line, identity, test.text, actor=caller.actor)
        record(tx, caller.actor, "line.test", line.id, {"message": message["id"]})
        return queries.get_message(tx, message["id"])

    return json_response(await runtime.store.write(work), 202)


@router.post(
    "/{line_id}/connect", summary="Pair a line", responses=answers(ConnectionView, 404, 422, 502)
)
async def connect_line(line_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Begin to pair with a phone, and get the QR code to show. Then ask for the connection until
    it is open."""
    line = await runtime.lines.get(line_id)
    connection = await runtime.channels[line.channel].connect(line)
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.connect", line_id))
    return json_response(_connection_view(line, connection))


@router.get(
    "/{line_id}/connection",
    summary="How a line's pairing stands",
    responses=answers(ConnectionView, 404, 422, 502),
)
async def get_connection(line_id: IdPath, runtime: RuntimeDep) -> Response:
    line = await runtime.lines.get(line_id)
    return json_response(
        _connection_view(line, await runtime.channels[line.channel].connection(line))
    )


@router.post(
    "/{line_id}/disconnect",
    status_code=204,
    summary="End a line's pairing",
    responses=done(404, 422, 502),
)
async def disconnect_line(line_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The phone forgets Recado; the line stays."""
    line = await runtime.lines.get(line_id)
    await runtime.channels[line.channel].disconnect(line)
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.disconnect", line_id))
    return Response(status_code=204)


def _connection_view(line: Line, found: Connection) -> ConnectionView:
    return ConnectionView(line.id, found.state, found.qr, found.pairing_code, found.detail)
