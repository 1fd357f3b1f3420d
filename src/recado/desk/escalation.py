"""When a person is called: the score's points, limits and words, tried before they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from starlette.responses import Response

from recado.assistant.characters import list_characters
from recado.conversations.model import Contact, Conversation
from recado.desk.character_words import language_names
from recado.desk.escalation_form import FIGURES, Values, rules_in, values_in, values_of
from recado.desk.visit import Visit
from recado.errors import Conflict, NotFound, RequestError
from recado.escalation.policy import trials, versions
from recado.escalation.policy.rules import (
    PolicyContent,
    PolicyRules,
    rules_at,
    with_rules_at,
)
from recado.escalation.policy.trials import PolicyTrial
from recado.escalation.policy.versions import PolicyView
from recado.escalation.reasons import REASONS
from recado.http.edge import read_natural
from recado.lines.model import LineRow
from recado.security.audit import record
from recado.store import Tx

PATH = "/escalation"
_SUBJECT = "escalation-policy"
_KINDS = {"line": "lines", "character": "characters"}


class Place(NamedTuple):
    """For whom rules are written: `kind` is lines or characters, "" everybody. `asked` is how the
    address says it."""

    kind: str = ""
    id: str = ""
    asked: str = ""
    name: str = ""


async def show(visit: Visit) -> Response:
    """`GET /escalation?for=line:ID`: the draft, or what is published where there is none."""
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """`POST /escalation`: one place's rules into the draft. What is wrong is said beside what was
    typed."""
    values, actor = values_in(await visit.form()), visit.user.actor
    seen = _time(await visit.field("seen"))
    place = _place_in(await visit.field("for"))

    def work(tx: Tx, rules: PolicyRules) -> None:
        before = _written(versions.describe_policy(tx))
        content = with_rules_at(before, place.kind, place.id, rules)
        versions.save_draft(tx, content, author=actor, seen=seen)
        record(tx, actor, "escalation.change", _SUBJECT, {"for": place.asked})

    try:
        rules = rules_in(values)
        await visit.runtime.store.write(lambda tx: work(tx, rules))
    except RequestError as error:
        return await _page(visit, values, error.detail, 409 if isinstance(error, Conflict) else 422)
    address = f"{PATH}?for={place.asked}" if place.asked else PATH
    return visit.done(address, visit.say("The draft is saved. It holds once it is published."))


async def publish(visit: Visit) -> Response:
    """`POST /escalation/publish`"""
    note, actor = await visit.field("note"), visit.user.actor
    seen = _time(await visit.field("seen"))

    def work(tx: Tx) -> None:
        view = versions.publish(tx, author=actor, note=note, seen=seen)
        number = view.published.number if view.published else 0
        record(tx, actor, "escalation.publish", _SUBJECT, {"version": number})

    return await _done(visit, work, visit.say("It holds from the next message on."))


async def discard(visit: Visit) -> Response:
    """`POST /escalation/discard`"""

    def work(tx: Tx) -> None:
        record(tx, visit.user.actor, "escalation.discard", _SUBJECT)
        versions.discard_draft(tx)

    return await _done(visit, work, visit.say("The draft is gone."))


async def restore(visit: Visit) -> Response:
    """`POST /escalation/versions/{number}/restore`; 0 is what the settings say."""
    number = read_natural(str(visit.request.path_params["number"]))
    if number is None:
        raise NotFound("There is no such version.")
    actor, asked = visit.user.actor, number

    def work(tx: Tx) -> None:
        versions.restore(tx, asked, author=actor)
        record(tx, actor, "escalation.restore", _SUBJECT, {"restored_from": asked})

    return await _done(visit, work, visit.say("It holds from the next message on."))


async def try_draft(visit: Visit) -> Response:
    """`POST /escalation/try`"""
    return await _done(visit, trials.ask_for_trial, "")


async def show_trial(visit: Visit) -> Response:
    """`GET /escalation/trial`: how far it is, for the page that shows it."""
    view = await visit.runtime.store.read(versions.describe_policy)
    found = view.draft.trial if view.draft else None
    if found is None:
        return Response(headers={"hx-redirect": PATH})
    return visit.render("parts/policy_trial.html", **await _trial(visit, found))


async def _done(visit: Visit, work: Any, said: str) -> Response:
    try:
        await visit.runtime.store.write(work)
    except (Conflict, NotFound) as error:
        return visit.done(PATH, visit.say(error.detail))
    return visit.done(PATH, said)


async def _page(
    visit: Visit, values: Values | None = None, problem: str = "", status: int = 200
) -> Response:
    asked = visit.request.query_params.get("for") or await visit.field("for")
    read = await visit.runtime.store.read(_read)
    view, places = read["policy"], read["places"]
    place = _place_in(asked)._replace(name=places.get(asked, ""))
    if asked and asked not in places:
        raise NotFound("There is no such line or character.")
    trial = view.draft.trial if view.draft else None
    return visit.render(
        "escalation.html",
        status=status,
        **read,
        place=place,
        values=values or values_of(rules_at(_written(view), place.kind, place.id)),
        defaults=_defaults(visit, view, place),
        reasons=REASONS,
        figures=FIGURES,
        languages=language_names(visit.say),
        problem=visit.say(problem) if problem else "",
        seen=view.draft.updated_at if view.draft else 0.0,
        **(await _trial(visit, trial)),
    )


def _read(tx: Tx) -> dict[str, Any]:
    lines = tx.all(select(LineRow.id, LineRow.name).order_by(LineRow.name))
    places = {f"line:{it.id}": it.name for it in lines}
    places |= {f"character:{it.id}": it.name for it in list_characters(tx)}
    view = versions.describe_policy(tx)
    return {"policy": view, "places": places, "history": versions.list_versions(tx)}


def _written(view: PolicyView) -> PolicyContent:
    version = view.draft or view.published
    return version.content if version else PolicyContent()


def _defaults(visit: Visit, view: PolicyView, place: Place) -> Mapping[str, Any]:
    """What holds where nothing is written at the place: by the settings, and for everybody."""
    policy = visit.runtime.escalation
    if place.kind:
        policy = policy.with_rules(rules_at(_written(view), "", ""))
    told: dict[str, Any] = {name: f"{getattr(policy, name):g}" for name in ("threshold", *FIGURES)}
    return told | {it.code: it.weighed(policy).weight for it in REASONS}


async def _trial(visit: Visit, found: PolicyTrial | None) -> dict[str, Any]:
    """With the names of those whose conversations are told; erased ones have none."""
    ids = [it.conversation_id for it in found.differences] if found else []
    named = (
        select(Conversation.id, Contact.name)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id.in_(ids))
    )
    rows = await visit.runtime.store.read(lambda tx: tx.all(named)) if ids else ()
    texts = {it.code: it.text for it in REASONS}
    return {"trial": found, "names": {it.id: it.name for it in rows}, "texts": texts}


def _place_in(asked: str) -> Place:
    kind, _, id = asked.partition(":")
    return Place(_KINDS[kind], id, asked) if kind in _KINDS and id else Place()


def _time(given: str) -> float | None:
    try:
        return float(given)
    except ValueError:
        return None
