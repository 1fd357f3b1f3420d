"""The admin API of lines. Credentials come in; what goes out of them is masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from recado.api.answers import answers, json_response
from recado.api.fields import Body, IdPath, Text
from recado.api.keys import CallerDep, RuntimeDep
from recado.channels.port import Line
from recado.errors import Unprocessable
from recado.runtime import Runtime
from recado.security.audit import record
from recado.settings import mask
from recado.store.paging import Page

router = APIRouter(prefix="/lines", tags=["lines"])

_LONGEST_CREDENTIAL = 4096


class LineView(msgspec.Struct, frozen=True):
    """A business's address on a channel. `credentials` are masked: who they belong to is seen,
    what they are is not. `webhook_url` is what to enter at the vendor, null without a public URL.
    """

    id: str
    channel: str
    address: str
    name: str
    enabled: bool
    credentials: dict[str, str]
    settings: dict[str, Any]
    webhook_url: str | None


class LineCheckView(msgspec.Struct, frozen=True):
    """What is wrong with a line, each with its fix. Empty: nothing."""

    line_id: str
    problems: tuple[str, ...]


class NewLine(Body):
    """`address` is the channel's own name of the line (WhatsApp: the phone number id)."""

    channel: Annotated[Text, Field(examples=["whatsapp"])]
    address: Annotated[
        Text, Field(min_length=1, max_length=200, pattern=r"^\S+$", examples=["106540352242922"])
    ]
    name: Annotated[Text, Field(max_length=100, examples=["Ventas"])] = ""
    credentials: dict[Text, Annotated[Text, Field(max_length=_LONGEST_CREDENTIAL)]] = Field(
        default_factory=dict,
        description="WhatsApp: access_token, app_secret, verify_token.",
        examples=[{"access_token": "EAAG…", "app_secret": "…", "verify_token": "…"}],
    )


class LineChange(Body):
    """What is left out stays as it is; `credentials` replace those of the same name."""

    name: Annotated[Text, Field(max_length=100)] | None = None
    enabled: bool | None = None
    credentials: dict[Text, Annotated[Text, Field(max_length=_LONGEST_CREDENTIAL)]] | None = None


@router.get("", summary="List the lines", responses=answers(LineView, paged=True))
async def list_lines(runtime: RuntimeDep) -> Response:
    """All of them on one page: a business has few."""
    await runtime.lines.refresh()
    lines = sorted(await runtime.lines.all(), key=lambda line: line.id)
    return json_response(Page([line_view(runtime, line) for line in lines], None))


@router.post(
    "", status_code=201, summary="Add a line", responses=answers(LineView, 409, 422, status=201)
)
async def add_line(new: NewLine, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The line works at once. Its credentials are stored encrypted."""
    addable = sorted(set(runtime.channels) - {"web"})
    if new.channel not in addable:
        raise Unprocessable(
            f"There is no channel {new.channel!r} to add a line to: {', '.join(addable)}."
        )
    line = await runtime.lines.add(
        new.channel, new.address, new.name or new.address, dict(new.credentials)
    )
    shown = line_view(runtime, line)
    detail = {"channel": line.channel, "address": line.address}
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.add", line.id, detail))
    return json_response(shown, 201)


@router.get("/{line_id}", summary="Get a line", responses=answers(LineView, 404))
async def get_line(line_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(line_view(runtime, await runtime.lines.get(line_id)))


@router.patch("/{line_id}", summary="Change a line", responses=answers(LineView, 404, 422))
async def change_line(
    line_id: IdPath, change: LineChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Rename it, switch it on or off, or replace credentials. A line that the settings describe
    keeps their credentials."""
    line = await runtime.lines.get(line_id)
    changed = await runtime.lines.update(
        line_id,
        name=line.name if change.name is None else change.name,
        enabled=line.enabled if change.enabled is None else change.enabled,
        credentials=dict(change.credentials) if change.credentials else None,
    )
    detail: dict[str, Any] = {
        "name": change.name,
        "enabled": change.enabled,
        "credentials": sorted(change.credentials or ()),
    }
    await runtime.store.write(lambda tx: record(tx, caller.actor, "line.change", line_id, detail))
    return json_response(line_view(runtime, changed))


@router.post("/{line_id}/check", summary="Check a line", responses=answers(LineCheckView, 404))
async def check_line(line_id: IdPath, runtime: RuntimeDep) -> Response:
    """Ask the vendor whether the credentials work, and say what to mend."""
    line = await runtime.lines.get(line_id)
    problems: Sequence[str] = await runtime.channel(line.channel).check(line)
    return json_response(LineCheckView(line.id, tuple(problems)))


def line_view(runtime: Runtime, line: Line) -> LineView:
    public_url, webhook = runtime.settings.public_url, runtime.channel(line.channel).webhook
    return LineView(
        id=line.id,
        channel=line.channel,
        address=line.address,
        name=line.name,
        enabled=line.enabled,
        credentials={name: mask(secret) for name, secret in line.credentials.items()},
        settings=line.settings,
        webhook_url=f"{public_url}{webhook.paths[0]}" if public_url and webhook else None,
    )
