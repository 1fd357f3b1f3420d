"""The Evolution service's own endpoints, for programs that only need an Evolution line.

What is sent goes the way of every message: queued in the person's conversation, then sent by its
job. The id in the answer follows it: `GET /api/v1/messages/{id}` says what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute
from pydantic import AliasChoices, Field
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from recado.channels.evolution import addresses
from recado.channels.evolution.parse import CHANNEL
from recado.channels.messages import Identity
from recado.channels.port import Connection, Line
from recado.conversations.api.messages import (
    IdempotencyKey,
    NewMessage,
    say_once,
    shown_content,
)
from recado.conversations.views import MessageView
from recado.errors import BadRequest, NotFound
from recado.http.answers import answers, json_response
from recado.http.fields import Body, Text
from recado.http.handlers import MISSING_IN_API, exception_handlers
from recado.http.keys import Caller, CallerDep, KeyGate, RuntimeDep
from recado.http.rights import check_rights
from recado.lines.api.actions import ConnectionView
from recado.runtime import Runtime
from recado.security.audit import record
from recado.sending.begin import begin_conversation, identity_of
from recado.sending.speak import MAX_TEXT
from recado.store import Tx

router = APIRouter(tags=["evolution"])

_LINE = "The line's id, name or instance; it may be left out when there is only one. Or `instance`"
LineName = Annotated[
    Text | None,
    Field(validation_alias=AliasChoices("line", "instance"), max_length=200, description=_LINE),
]
To = Annotated[
    Text,
    Field(
        validation_alias=AliasChoices("to", "number"),
        min_length=1,
        max_length=200,
        description="A phone number with its country code, or a WhatsApp address such as a"
        " group's. Or `number`",
        examples=["+5511987654321"],
    ),
]


class MessageToSend(NewMessage):
    """A text, or another type with its `content` (see the guide to messages)."""

    to: To
    line: LineName = None
    text: Annotated[
        Text,
        Field(
            validation_alias=AliasChoices("text", "message"),
            max_length=MAX_TEXT,
            description="Or `message`",
            examples=["¡Hola! Su pedido ya salió."],
        ),
    ] = ""
    author: Literal["agent", "system"] = Field(
        "system", description="system leaves the conversation's owner alone; agent takes it over"
    )


class TemplateToSend(Body):
    """A message template of an instance on Meta's Cloud API."""

    to: To
    line: LineName = None
    template: Annotated[
        Text,
        Field(
            validation_alias=AliasChoices("template", "name"),
            min_length=1,
            max_length=512,
            description="Its name. Or `name`",
            examples=["recordatorio_cita"],
        ),
    ]
    language: Annotated[Text, Field(min_length=2, max_length=20, examples=["es_MX"])]
    components: list[dict[str, Any]] = Field(
        default_factory=list, description="As Meta defines them", examples=[[]]
    )


class LineToPair(Body):
    line: LineName = None


@router.post(
    "/send-message",
    status_code=202,
    summary="Send a message",
    responses=answers(MessageView, 400, 404, 409, 422, status=202),
)
async def send_message(
    new: MessageToSend,
    runtime: RuntimeDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a message to somebody on the Evolution line. With an `Idempotency-Key`, a repeated
    request answers with the message of the first one."""
    return await _queue(runtime, caller, new.line, new.to, new, idempotency_key)


@router.post(
    "/send-template",
    status_code=202,
    summary="Send a message template",
    responses=answers(MessageView, 400, 404, 409, 422, status=202),
)
async def send_template(
    new: TemplateToSend,
    runtime: RuntimeDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a template. Only an instance on Meta's Cloud API has templates; elsewhere the message
    fails, and says so."""
    template = {"name": new.template, "language": new.language, "components": new.components}
    message = NewMessage(
        type="template", content={"template": template}, reply_to=None, author="system"
    )
    return await _queue(runtime, caller, new.line, new.to, message, idempotency_key)


@router.get(
    "/status", summary="How the pairing stands", responses=answers(ConnectionView, 400, 404, 502)
)
async def get_status(
    runtime: RuntimeDep,
    line: Annotated[Text | None, Query(max_length=200, description=_LINE)] = None,
    instance: Annotated[Text | None, Query(max_length=200, description="As `line`")] = None,
) -> Response:
    """Open, connecting or closed. Evolution has 15 s to answer."""
    chosen = await _line(runtime, line or instance)
    return _shown(chosen, await runtime.channels[CHANNEL].connection(chosen))


@router.post(
    "/connect", summary="Pair with a phone", responses=answers(ConnectionView, 400, 404, 422, 502)
)
async def connect(
    runtime: RuntimeDep, caller: CallerDep, which: LineToPair | None = None
) -> Response:
    """Begin to pair, making the instance where it is not there yet; `qr` is the text of the QR code
    to show. Then ask for the status until it is open."""
    chosen = await _line(runtime, which.line if which else None)
    found = await runtime.channels[CHANNEL].connect(chosen)
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.connect", chosen.id))
    return _shown(chosen, found)


@router.post(
    "/disconnect", summary="End the pairing", responses=answers(ConnectionView, 400, 404, 422, 502)
)
async def disconnect(
    runtime: RuntimeDep, caller: CallerDep, which: LineToPair | None = None
) -> Response:
    """The phone forgets Evolution; the line stays. Connecting again needs a new scan."""
    chosen = await _line(runtime, which.line if which else None)
    await runtime.channels[CHANNEL].disconnect(chosen)
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.disconnect", chosen.id))
    return _shown(chosen, Connection("closed"))


async def _queue(
    runtime: Runtime,
    caller: Caller,
    named: str | None,
    to: str,
    message: NewMessage,
    idempotency_key: str | None,
) -> Response:
    line = await _line(runtime, named)
    identity = _identity(line, to)
    content = await shown_content(runtime, CHANNEL, message)

    def work(tx: Tx) -> MessageView:
        language = runtime.settings.default_language
        conversation_id = begin_conversation(tx, line, identity, language=language)
        return say_once(
            tx, runtime, conversation_id, message, caller, idempotency_key, content=content
        )

    return json_response(await runtime.store.write(work), 202)


async def _line(runtime: Runtime, named: str | None) -> Line:
    """Raises NotFound, BadRequest: no such Evolution line, or several to choose from."""
    lines = [line for line in await runtime.lines.all() if line.channel == CHANNEL]
    found = [line for line in lines if named in (None, line.id, line.address, line.name)]
    if not found:
        what = f"no Evolution line {named}" if named else "no Evolution line"
        raise NotFound(f"There is {what}. Set EVOLUTION_API_URL and INSTANCE_NAME, or add one.")
    if len(found) > 1:
        known = ", ".join(line.address for line in found)
        raise BadRequest(f"There are several Evolution lines: name one as `line` ({known}).")
    return found[0]


def _identity(line: Line, to: str) -> Identity:
    """Raises BadRequest."""
    if "@" not in to:
        return identity_of(line, to)
    identity = addresses.identity(to)
    if identity is None:
        raise BadRequest(f"{to} is no address of a person or a group on WhatsApp.")
    return identity


def _shown(line: Line, found: Connection) -> Response:
    return json_response(
        ConnectionView(line.id, found.state, found.qr, found.pairing_code, found.detail)
    )


def evolution_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """These endpoints behind the API's key, for the service `sending`, which hosts them."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers=exception_handlers(MISSING_IN_API),
        dependencies=[Depends(check_rights)],
    )
    app.state.runtime = runtime
    app.include_router(router)
    gated = KeyGate(app, runtime, guarded="/")
    paths = [route.path for route in router.routes if isinstance(route, APIRoute)]
    return [Route(path, endpoint=gated) for path in paths]
