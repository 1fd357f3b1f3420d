"""Taps on buttons, lists and forms, as (type, text, content); see channels/whatsapp/content.py."""

from __future__ import annotations

from recado.channels.evolution.lenient import Json, filled, first_text, obj, text
from recado.channels.whatsapp.decode import load_value

Tap = tuple[str, str, Json]


def button(given: Json) -> Tap:
    title = first_text(
        given.get("selectedDisplayText"),
        given.get("selectedButtonText"),
        obj(given.get("response")).get("selectedDisplayText"),
    )
    return _reply("interactive", text(given.get("selectedButtonId")), title)


def row(given: Json) -> Tap:
    chosen = text(obj(given.get("singleSelectReply")).get("selectedRowId"))
    return _reply("interactive", chosen, text(given.get("title")), text(given.get("description")))


def template_button(given: Json) -> Tap:
    return _reply("button", text(given.get("selectedId")), text(given.get("selectedDisplayText")))


def native_flow(given: Json) -> Tap:
    """A tap on a new-style button gives its id; a form gives its answers."""
    flow = obj(given.get("nativeFlowResponseMessage"))
    written = flow.get("paramsJson")
    answers = load_value(written) if isinstance(written, str) else written
    body = text(obj(given.get("body")).get("text"))
    chosen = text(obj(answers).get("id"))
    if chosen and set(obj(answers)) <= {"id", "title", "description", "display_text"}:
        title = first_text(obj(answers).get("title"), obj(answers).get("display_text"), body)
        return _reply("interactive", chosen, title, text(obj(answers).get("description")))
    details = {"name": text(flow.get("name")), "body": body, "response": answers}
    return "interactive", body, {"flow": details}


def vote(given: Json) -> tuple[str, Json] | None:
    """The options of a poll that a person chose, where Evolution could decrypt them."""
    chosen = obj(given.get("vote")).get("selectedOptions")
    listed = chosen if isinstance(chosen, list) else []
    names = [it if isinstance(it, str) else text(obj(it).get("optionName")) for it in listed]
    names = [it for it in names if it]
    if not names:
        return None
    title = ", ".join(names)
    return title, {"reply": {"id": title, "title": title}}


def _reply(kind: str, id: str, title: str, description: str = "") -> Tap:
    reply = {"id": id or title, "title": title or id} | filled(description=description)
    return kind, reply["title"], {"reply": reply}
