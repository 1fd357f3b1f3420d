"""Lines: the business's addresses on channels; added, described, changed, switched off."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from recado.assistant.characters import (
    check_answers,
    default_character,
    list_characters,
)
from recado.channels.port import Channel, Line
from recado.desk.visit import Visit
from recado.errors import NotFound, Unprocessable
from recado.lines.adding import addable, read_credentials, read_settings
from recado.lines.api.lines import remove_line
from recado.lines.log import event_names, list_events
from recado.lines.reception import webhook_url
from recado.lines.standing import Standing
from recado.satisfaction.policy import policy_of
from recado.security.audit import record
from recado.settings import mask
from recado.store import Tx
from recado.templates.catalogue import list_templates

#: Meta's categories: https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing
CATEGORIES = ("marketing", "utility", "authentication", "service")


async def show(visit: Visit) -> Response:
    """`GET /lines`"""
    runtime = visit.runtime
    await runtime.lines.refresh()
    lines = sorted(await runtime.lines.all(), key=lambda line: (line.channel, line.name))
    return visit.render(
        "lines.html",
        lines=lines,
        standings=await runtime.lines.standings(),
        nothing=Standing(),
        channels=runtime.channels,
        addable=addable(runtime.channels),
        **await _who_answers(visit),
    )


async def show_adding(visit: Visit) -> Response:
    """`GET /lines/add?channel=`: what the channel asks for."""
    channel = _addable(visit, visit.request.query_params.get("channel", ""))
    return visit.render("line_add.html", channel=channel, base=_base(visit))


async def add(visit: Visit) -> Response:
    """`POST /lines`"""
    channel = _addable(visit, await visit.field("channel"))
    address = channel.read_address(await visit.field("address"))
    name = _name(await visit.field("name")) or channel.title
    given = {it.name: await visit.field(it.name) for it in channel.credentials}
    credentials = read_credentials(channel, given, whole=True)
    line = await visit.runtime.lines.add(channel.kind, address, name, credentials)
    await keep_record(visit, "line.add", line.id)
    return visit.done(
        f"/lines/{line.id}", visit.say("The line was added. Now let its webhooks come in.")
    )


async def show_line(visit: Visit) -> Response:
    """`GET /lines/{id}?event=`: all about one, and its log."""
    line, channel = await line_of(visit)
    event = visit.request.query_params.get("event", "")

    others = await _unless_of_an_account(visit, line, channel)

    def read(tx: Tx) -> dict[str, Any]:
        events = list_events(tx, line, event, others=others)
        templates = list_templates(tx, line.id)
        return {
            "events": events,
            "names": event_names(tx, line, others=others),
            "approved": sorted({it.name for it in templates if it.status == "approved"}),
        }

    found = await visit.runtime.store.read(read)
    standing = await visit.runtime.lines.standing(line.id)
    return visit.render(
        "line.html",
        line=line,
        channel=channel,
        standing=standing,
        told={name: value for name, value in standing.state.items() if name != "trouble"},
        described=visit.runtime.lines.is_described(line),
        masked={name: mask(value) for name, value in line.credentials.items() if value},
        url=webhook_url(visit.runtime, channel),
        base=_base(visit),
        event=event,
        categories=CATEGORIES,
        ratings_by_default=policy_of(visit.runtime.settings, None),
        **await _who_answers(visit),
        **found,
    )


async def _unless_of_an_account(visit: Visit, line: Line, channel: Channel) -> list[Line]:
    """The channel's lines, when this one could say of which account it is and does not."""
    named = [it.name for it in channel.credentials if it.name.endswith("account_id")]
    if not named or any(line.credentials.get(name) for name in named):
        return []
    return [it for it in await visit.runtime.lines.all() if it.channel == line.channel]


async def change(visit: Visit) -> Response:
    """`POST /lines/{id}`: its name, or switched on or off."""
    line, _ = await line_of(visit)
    given = await visit.field("enabled")
    enabled = given == "yes" if given else line.enabled
    name = _name(await visit.field("name")) or line.name
    await visit.runtime.lines.update(line.id, name=name, enabled=enabled)
    await keep_record(visit, "line.change", line.id, {"name": name, "enabled": enabled})
    return visit.done(f"/lines/{line.id}", visit.say("Saved."))


async def change_character(visit: Visit) -> Response:
    """`POST /lines/{id}/character`: who answers here; "" is the default character."""
    line, _ = await line_of(visit)
    chosen = await visit.field("character") or None
    if chosen is not None:
        await visit.runtime.store.read(lambda tx: check_answers(tx, chosen))
    await visit.runtime.lines.use_character(line.id, chosen)
    await keep_record(visit, "line.change", line.id, {"character": chosen})
    return visit.done(f"/lines/{line.id}", visit.say("Saved."))


async def change_credentials(visit: Visit) -> Response:
    """`POST /lines/{id}/credentials`: those that are filled in replace the old ones."""
    line, channel = await line_of(visit)
    given = {it.name: await visit.field(it.name) for it in channel.credentials}
    credentials = read_credentials(channel, given)
    if not credentials:
        raise Unprocessable("Nothing was filled in, so nothing was replaced.")
    await visit.runtime.lines.update(
        line.id, name=line.name, enabled=line.enabled, credentials=credentials
    )
    await keep_record(visit, "line.change", line.id, {"credentials": sorted(credentials)})
    return visit.done(f"/lines/{line.id}", visit.say("Saved."))


async def change_settings(visit: Visit) -> Response:
    """`POST /lines/{id}/settings`"""
    line, channel = await line_of(visit)
    settings: dict[str, Any] = {"rate_per_second": await _number(visit, "rate_per_second")}
    if "pricing" in channel.capabilities.features:
        settings["prices"] = await _prices(visit, line.settings.get("prices"))
    if "window" in channel.capabilities.features:
        settings["outside_window"] = await _outside_window(visit)
    settings["ratings"] = await _ratings(visit)
    await visit.runtime.lines.update(
        line.id, name=line.name, enabled=line.enabled, settings=read_settings(settings)
    )
    await keep_record(visit, "line.change", line.id, {"settings": settings})
    return visit.done(f"/lines/{line.id}", visit.say("Saved."))


async def remove(visit: Visit) -> Response:
    """`POST /lines/{id}/remove`: one without conversations."""
    line, _ = await line_of(visit)
    await remove_line(visit.runtime, line, visit.user.actor)
    return visit.done("/lines", visit.say("Removed."))


async def _who_answers(visit: Visit) -> dict[str, Any]:
    """The characters that a line may name, the default one first, and their names by id."""
    found = await visit.runtime.store.read(list_characters)
    default = await visit.runtime.store.read(default_character)
    answers = [default, *(it for it in found if it.id != default.id)]
    return {"answers": answers, "named": {it.id: it.name for it in answers}}


async def line_of(visit: Visit) -> tuple[Line, Channel]:
    """The line of the address and its channel. Raises NotFound."""
    line = await visit.runtime.lines.get(visit.request.path_params["id"])
    return line, visit.runtime.channels[line.channel]


async def keep_record(
    visit: Visit, action: str, line_id: str, detail: dict[str, Any] | None = None
) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, line_id, detail))


async def _prices(visit: Visit, known: object) -> dict[str, Any] | None:
    """The price list with the fields' values; other entries of it stay."""
    prices = dict(known) if isinstance(known, dict) else {}
    for category in CATEGORIES:
        prices[category] = await _number(visit, f"price_{category}")
    prices["currency"] = (await visit.field("currency")).strip().upper()[:3] or None
    return {name: price for name, price in prices.items() if price is not None} or None


async def _outside_window(visit: Visit) -> dict[str, Any] | None:
    template = (await visit.field("template")).strip()
    if not template:
        return None
    parameters = (await visit.field("parameters")).splitlines()
    return {
        "template": template,
        "language": (await visit.field("template_language")).strip() or "contact",
        "parameters": [line.strip() for line in parameters if line.strip()],
    }


async def _ratings(visit: Visit) -> dict[str, Any] | None:
    given = {
        "ask": await visit.field("ratings_ask") or None,
        "delay_seconds": await _number(visit, "ratings_delay"),
    }
    return {name: value for name, value in given.items() if value is not None} or None


async def _number(visit: Visit, name: str) -> float | None:
    """Raises Unprocessable."""
    given = (await visit.field(name)).strip().replace(",", ".")
    if not given:
        return None
    try:
        return float(given)
    except ValueError as error:
        raise Unprocessable(f"{given} is not a number.") from error


def _addable(visit: Visit, kind: str) -> Channel:
    channels = addable(visit.runtime.channels)
    if kind not in channels:
        raise NotFound(f"Choose a channel: {', '.join(channels)}.")
    return channels[kind]


def _name(given: str) -> str:
    return " ".join(given.split())[:100]


def _base(visit: Visit) -> str:
    """How Recado is reached: its public URL, else as this browser does."""
    return visit.runtime.settings.public_url or str(visit.request.base_url).rstrip("/")
