"""One conversation: what was said, who has the word, and what the team does about it."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from recado.assistant.evaluations.from_conversation import keep_case
from recado.assistant.models.costs import calls_of_turn
from recado.assistant.writing import extend_summary
from recado.channels.port import Channel
from recado.conversations.facts.keeping import list_facts
from recado.conversations.ownership import (
    SOMEBODY,
    ask_before_taking,
    hand_back,
    holder_of,
    reopen,
    require_conversation,
    resolve,
    take_over,
)
from recado.conversations.queries import contact_view, get_conversation, get_message, get_turn
from recado.conversations.sessions import SessionView, list_sessions
from recado.conversations.summaries.keeping import read_summary
from recado.crm.keeping import links_of
from recado.desk import inbox
from recado.desk.clocks import read_clocks
from recado.desk.costs import outcome_names, purpose_names, why_of
from recado.desk.queries import MAX_NOTE, conflicts_of, conversation_of_message, names_of_users
from recado.desk.thread import key_of, read_thread, read_thread_at, reasons_of
from recado.desk.visit import Visit
from recado.desk.window import window_of
from recado.desk.writing import aids_of
from recado.errors import BadRequest
from recado.escalation.departments.registry import names_of_departments
from recado.http.edge import read_natural
from recado.satisfaction.views import ratings_of
from recado.security.users import list_users
from recado.sending.settle import settle_by_hand
from recado.sending.speak import mark_read
from recado.store import Tx, now
from recado.store.paging import Page

_SHOWN_SESSIONS = 8


async def show(visit: Visit) -> Response:
    """`GET /conversations/{id}`: the conversation alone for htmx, else the inbox around it."""
    context = await read_panes(visit, visit.request.path_params["id"])
    if visit.is_partial:
        return visit.render("parts/conversation.html", **context)
    return visit.render("inbox.html", inbox=await inbox.read_inbox(visit), **context)


async def show_live(visit: Visit) -> Response:
    """`GET /conversations/{id}/live`: head, last messages and details, to be merged in."""
    return await render_live(visit, visit.request.path_params["id"])


async def render_live(visit: Visit, conversation_id: str) -> Response:
    """The same after something was done."""
    return visit.render("parts/live.html", **await read_panes(visit, conversation_id))


async def show_older(visit: Visit) -> Response:
    """`GET /conversations/{id}/older?before=POSITION`: for scrolling up."""
    conversation_id = visit.request.path_params["id"]
    before = read_natural(visit.request.query_params.get("before", ""))
    if before is None:
        raise BadRequest("`before` is a position in the conversation.")

    def work(tx: Tx) -> dict[str, Any]:
        view = get_conversation(tx, conversation_id)
        return {"conversation": view, "thread": read_thread(tx, view.id, before=before)}

    return visit.render("parts/older.html", **await visit.runtime.store.read(work))


async def read_panes(visit: Visit, conversation_id: str) -> dict[str, Any]:
    """All that the conversation's panes show. Having it open is having read it. `at` in the
    address is the position of the message that a search has found."""
    asked = visit.request.query_params.get("at", "")
    at = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None

    def work(tx: Tx) -> dict[str, Any]:
        view = get_conversation(tx, conversation_id)
        count = view.message_count
        return {
            "conversation": view,
            "contact": (contact := contact_view(tx, view.contact_id)),
            "conflicts": conflicts_of(tx, contact),
            "facts": list_facts(tx, contact.id),
            "departments": names_of_departments(tx),
            "colleagues": {it.id: it.name for it in list_users(tx) if it.disabled_at is None},
            "summary": read_summary(tx, view.id),
            "thread": read_thread_at(tx, view.id, at, count) if at else read_thread(tx, view.id),
            "found_key": key_of(at) if at else "",
            "reasons": reasons_of(view.escalation.reasons if view.escalation else ()),
            "crm_links": links_of(tx, contact.id),
            "ratings": (ratings := ratings_of(tx, view.id)),
            "rated": names_of_users(tx) if ratings else {},
            "running": read_clocks(tx, [view.id]).get(view.id),
            "moment": now(),
        }

    context = await visit.runtime.store.read(work)
    view, moment = context["conversation"], context["moment"]
    context["window"] = await window_of(visit.runtime, view, moment)
    channel = visit.runtime.channels[view.channel]
    context |= {"can": abilities_of(channel), "limits": limits_of(channel)}
    context |= {"holder": holder_of(view), "aids": await aids_of(visit.runtime, view)}
    if context["conversation"].unread_count and "hidden" not in visit.request.query_params:
        await visit.runtime.store.write(lambda tx: mark_read(tx, conversation_id))
    return context


def limits_of(channel: Channel) -> dict[str, int]:
    """How many characters each thing may have that the composer writes."""
    return {"text": channel.text_limit, "caption": channel.caption_limit, "note": MAX_NOTE}


class Abilities(msgspec.Struct, frozen=True):
    """What the team can do to a message of the channel, and whether it can send files."""

    answer: bool
    react: bool
    attach: bool


def abilities_of(channel: Channel) -> Abilities:
    can = channel.capabilities
    return Abilities(
        answer="reply" in can.features,
        react="reaction" in can.sends,
        attach="document" in can.sends,
    )


async def show_turn(visit: Visit) -> Response:
    """`GET /messages/{id}/turn`: how the assistant came to this answer."""

    def work(tx: Tx) -> dict[str, Any]:
        message = get_message(tx, visit.request.path_params["id"])
        turn = get_turn(tx, message.turn_id) if message.turn_id else None
        calls = calls_of_turn(tx, turn.id) if turn else []
        told = [(it, why_of(it, visit.say)) for it in calls]
        return {
            "turn": turn,
            "reasons": reasons_of(turn.reasons if turn else ()),
            "calls": told,
            "purpose_names": purpose_names(visit.say),
            "outcome_names": outcome_names(visit.say),
        }

    return visit.render("parts/turn.html", **await visit.runtime.store.read(work))


async def show_sessions(visit: Visit) -> Response:
    """`GET /conversations/{id}/sessions`: the newest, for the details beside it."""
    id = visit.request.path_params["id"]

    def work(tx: Tx) -> Page[SessionView]:
        get_conversation(tx, id)
        return list_sessions(tx, id, limit=_SHOWN_SESSIONS)

    page = await visit.runtime.store.read(work)
    return visit.render("parts/sessions.html", sessions=page.items)


async def show_raw(visit: Visit) -> Response:
    """`GET /messages/{id}/raw`: the message as its channel sent it."""
    message_id = visit.request.path_params["id"]
    message = await visit.runtime.store.read(lambda tx: get_message(tx, message_id, raw=True))
    return visit.render("parts/raw.html", raw=message.raw or message.content)


# What the team does


async def make_case(visit: Visit) -> Response:
    """`POST /conversations/{id}/case`: a case of an evaluation, of the answer of `turn` or else of
    the last one, stored and downloaded."""
    id, turn = visit.request.path_params["id"], await visit.field("turn")
    made = await keep_case(visit.runtime, id, turn, actor=f"user:{visit.user.user_id}")
    headers = {"content-disposition": f'attachment; filename="{made.file}"'}
    return Response(made.yaml, media_type="application/yaml", headers=headers)


async def extend(visit: Visit) -> Response:
    """`POST /conversations/{id}/summary`: its summary covers the last message."""
    id = visit.request.path_params["id"]
    await extend_summary(visit.runtime, id)
    return await render_live(visit, id)


async def takes_from_whom(visit: Visit) -> set[str]:
    """From whom the form takes the conversation knowingly: `taking` is what the user answered
    when asked; `owner` is whom the page showed, which is enough where nobody can be named."""
    shown = await visit.field("owner")
    return {await visit.field("taking"), shown if shown == SOMEBODY else ""} - {""}


async def take(visit: Visit) -> Response:
    """`POST /conversations/{id}/takeover`: from whom the page shows (`owner`), without asking."""
    id, user = visit.request.path_params["id"], visit.user
    accepted = {await visit.field("owner"), await visit.field("taking")}

    def work(tx: Tx) -> None:
        ask_before_taking(tx, require_conversation(tx, id, to_change=True), user.user_id, accepted)
        take_over(tx, id, actor=user.actor, user_id=user.user_id)

    await visit.runtime.store.write(work)
    return visit.nothing(visit.say("You have the word."))


async def give_back(visit: Visit) -> Response:
    """`POST /conversations/{id}/handback`: a colleague's only after the question (`taking`)."""
    id, user, runtime = visit.request.path_params["id"], visit.user, visit.runtime
    accepted = await takes_from_whom(visit)

    def work(tx: Tx) -> None:
        ask_before_taking(tx, require_conversation(tx, id, to_change=True), user.user_id, accepted)
        hand_back(tx, id, actor=user.actor)

    await runtime.store.write(work)
    return visit.nothing(visit.say("The assistant has the word again."))


async def settle(visit: Visit) -> Response:
    """`POST /conversations/{id}/resolve`: a colleague's only after the question (`taking`)."""
    id, user = visit.request.path_params["id"], visit.user
    accepted = await takes_from_whom(visit)

    def work(tx: Tx) -> None:
        ask_before_taking(tx, require_conversation(tx, id, to_change=True), user.user_id, accepted)
        resolve(tx, id, actor=user.actor)

    await visit.runtime.store.write(work)
    return visit.nothing(visit.say("Resolved."))


async def open_again(visit: Visit) -> Response:
    """`POST /conversations/{id}/reopen`"""
    id, actor = visit.request.path_params["id"], visit.user.actor
    await visit.runtime.store.write(lambda tx: reopen(tx, id, actor=actor))
    return visit.nothing(visit.say("The assistant has the word again."))


async def settle_unknown(visit: Visit) -> Response:
    """`POST /messages/{id}/settle`: a person says whether an unknown message arrived."""
    id, actor = visit.request.path_params["id"], visit.user.actor
    arrived = await visit.field("arrived")
    if arrived not in {"yes", "no"}:
        raise BadRequest("`arrived` is yes or no.")

    def work(tx: Tx) -> str:
        settle_by_hand(tx, id, arrived=arrived == "yes", actor=actor)
        return conversation_of_message(tx, id)

    return await render_live(visit, await visit.runtime.store.write(work))
