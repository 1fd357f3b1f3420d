"""The admin API of lines. Credentials come in; what goes out of them is masked."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import delete, select
from starlette.responses import Response

from recado.assistant.characters import check_answers
from recado.channels.port import Line
from recado.conversations.model import Conversation
from recado.errors import Conflict, Unprocessable
from recado.http.answers import answers, done, json_response
from recado.http.fields import Body, IdPath, JsonObject, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.lines.adding import addable, read_credentials, read_settings
from recado.lines.model import LineRow
from recado.lines.reception import webhook_url
from recado.lines.standing import Standing
from recado.runtime import Runtime
from recado.security.audit import record
from recado.settings import mask
from recado.store import Tx
from recado.store.paging import Page
from recado.templates.model import Template

router = APIRouter(prefix="/lines", tags=["lines"])

_LONGEST_CREDENTIAL = 4096
Credentials = dict[Text, Annotated[Text, Field(max_length=_LONGEST_CREDENTIAL)]]


class RefusalView(msgspec.Struct, frozen=True):
    """A webhook that was not let in, and why."""

    refused_at: float
    reason: str


class CapabilitiesView(msgspec.Struct, frozen=True):
    """What the line's channel can do, in the words of the reference page about channels."""

    receives: tuple[str, ...]
    sends: tuple[str, ...]
    features: tuple[str, ...]


class LineView(msgspec.Struct, frozen=True):
    """A business's address on a channel.

    `credentials` are masked: who they belong to is seen, what they are is not. `webhook_url` is
    what to enter at the vendor, null without a public URL. `state` is what the vendor last told
    about the line (quality, limits, connection), `last_webhook_at` when something last came for
    it, to the minute, `last_refusal` the newest webhook of its channel that was refused.
    `character_id` is who answers here, null the default character.
    """

    id: str
    channel: str
    address: str
    name: str
    enabled: bool
    character_id: str | None
    credentials: dict[str, str]
    settings: dict[str, Any]
    webhook_url: str | None
    state: dict[str, Any]
    last_webhook_at: float | None
    last_refusal: RefusalView | None
    capabilities: CapabilitiesView


class NewLine(Body):
    """`address` is the channel's own name of the line (WhatsApp: the phone number id)."""

    channel: Annotated[Text, Field(examples=["whatsapp"])]
    address: Annotated[
        Text, Field(min_length=1, max_length=200, pattern=r"^\S+$", examples=["106540352242922"])
    ]
    name: Annotated[Text, Field(max_length=100, examples=["Ventas"])] = ""
    credentials: Credentials = Field(
        default_factory=dict,
        description="By channel, see the reference page. WhatsApp: access_token, app_secret,"
        " verify_token, business_account_id.",
        examples=[{"access_token": "EAAG…", "app_secret": "…", "verify_token": "…"}],
    )
    settings: JsonObject = Field(default_factory=dict, description="As in a change")


class LineChange(Body):
    """What is left out stays as it is; `credentials` and `settings` replace those of the same
    name, and a setting of null is taken away. A `character_id` of null is the default one."""

    name: Annotated[Text, Field(max_length=100)] | None = None
    enabled: bool | None = None
    character_id: Annotated[Text, Field(max_length=64)] | None = None
    credentials: Credentials | None = None
    settings: JsonObject | None = Field(
        None,
        description="rate_per_second: messages a second. prices: what a message costs, by its"
        " category. outside_window: what goes out after the 24 hours. ratings: whether a"
        " rating is asked for after a resolution.",
        examples=[{"rate_per_second": 20}],
    )


@router.get("", summary="List the lines", responses=answers(LineView, paged=True))
async def list_lines(runtime: RuntimeDep) -> Response:
    """All of them on one page: a business has few."""
    await runtime.lines.refresh()
    lines = sorted(await runtime.lines.all(), key=lambda line: line.id)
    standings = await runtime.lines.standings()
    views = [line_view(runtime, line, standings.get(line.id, Standing())) for line in lines]
    return json_response(Page(views, None))


@router.post(
    "", status_code=201, summary="Add a line", responses=answers(LineView, 409, 422, status=201)
)
async def add_line(new: NewLine, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The line works at once. Its credentials are stored encrypted."""
    channels = addable(runtime.channels)
    if new.channel not in channels:
        raise Unprocessable(
            f"There is no channel {new.channel!r} to add a line to: {', '.join(sorted(channels))}."
        )
    channel, settings = channels[new.channel], read_settings(new.settings)
    address = channel.read_address(new.address)
    credentials = read_credentials(channel, new.credentials)
    line = await runtime.lines.add(new.channel, address, new.name or address, credentials)
    if settings:
        line = await runtime.lines.update(
            line.id, name=line.name, enabled=line.enabled, settings=settings
        )
    detail = {"channel": line.channel, "address": line.address}
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.add", line.id, detail))
    return json_response(await _view(runtime, line), 201)


@router.get("/{line_id}", summary="Get a line", responses=answers(LineView, 404))
async def get_line(line_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(await _view(runtime, await runtime.lines.get(line_id)))


@router.patch("/{line_id}", summary="Change a line", responses=answers(LineView, 404, 422))
async def change_line(
    line_id: IdPath, change: LineChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Rename it, switch it on or off, let a character answer, replace credentials, change settings.

    A line that is switched off still takes in what comes for it; what would go out waits. The
    credentials of a line that the environment describes are changed there."""
    line = await runtime.lines.get(line_id)
    channel = runtime.channels[line.channel]
    named = change.character_id
    if named is not None:
        await runtime.store.read(lambda tx: check_answers(tx, named))
    changed = await runtime.lines.update(
        line_id,
        name=line.name if change.name is None else change.name,
        enabled=line.enabled if change.enabled is None else change.enabled,
        credentials=read_credentials(channel, change.credentials or {}),
        settings=None if change.settings is None else read_settings(change.settings),
    )
    if "character_id" in change.model_fields_set:
        changed = await runtime.lines.use_character(line_id, named)
    detail: dict[str, Any] = {
        "name": change.name,
        "character": named,
        "enabled": change.enabled,
        "credentials": sorted(change.credentials or ()),
        "settings": change.settings,
    }
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.change", line_id, detail))
    return json_response(await _view(runtime, changed))


@router.delete("/{line_id}", status_code=204, summary="Delete a line", responses=done(404, 409))
async def delete_line(line_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Only a line without conversations: switch another one off instead."""
    await remove_line(runtime, await runtime.lines.get(line_id), caller.actor)
    return Response(status_code=204)


async def remove_line(runtime: Runtime, line: Line, actor: str) -> None:
    """Raises Conflict: the line has conversations, or the settings describe it."""
    if runtime.lines.is_described(line):
        raise Conflict(
            "The settings (environment or .env) describe this line, so it would come back. Take"
            " it out there, or switch it off."
        )

    def work(tx: Tx) -> None:
        talked = select(Conversation.id).where(Conversation.line_id == line.id).limit(1)
        if tx.first(talked) is not None:
            raise Conflict(
                "This line has conversations, and they would lose their way back. Switch it off"
                " instead: what comes in is kept, and nothing goes out."
            )
        tx.execute(delete(Template).where(Template.line_id == line.id))
        tx.execute(delete(LineRow).where(LineRow.id == line.id))
        record(tx, actor, "line.remove", line.id, {"address": line.address})

    await runtime.store.write(work)
    await runtime.lines.refresh()


async def _view(runtime: Runtime, line: Line) -> LineView:
    return line_view(runtime, line, await runtime.lines.standing(line.id))


def line_view(runtime: Runtime, line: Line, standing: Standing) -> LineView:
    channel, refusal = runtime.channels[line.channel], standing.last_refusal
    can = channel.capabilities
    return LineView(
        id=line.id,
        channel=line.channel,
        address=line.address,
        name=line.name,
        enabled=line.enabled,
        character_id=line.character_id,
        credentials={name: mask(secret) for name, secret in line.credentials.items()},
        settings=line.settings,
        webhook_url=webhook_url(runtime, channel) or None,
        state=standing.state,
        last_webhook_at=standing.last_webhook_at,
        last_refusal=RefusalView(refusal.at, refusal.reason) if refusal else None,
        capabilities=CapabilitiesView(
            tuple(sorted(can.receives)), tuple(sorted(can.sends)), tuple(sorted(can.features))
        ),
    )
