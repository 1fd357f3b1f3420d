"""Pages and errors in Spanish and Portuguese have no English left in them."""

from __future__ import annotations

import re
from functools import partial
from html.parser import HTMLParser

import pytest
from sqlalchemy import insert

from recado.assistant.model import Turn
from recado.assistant.unanswered.keeping import keep_questions
from recado.conversations.ownership import log_event
from recado.escalation.model import Escalation
from recado.queue.dead_letters import record_in
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser
from tests.support.conversations import columns

#: Words that no Spanish or Portuguese text has, and hardly an English one is without.
_WORDS = (
    "the and with not there is are was were this that have your you from been will cannot which"
    " their what when who nobody somebody of to it its could should must one by answer refused"
    " missing wrong sent message choose"
)
ENGLISH = frozenset(_WORDS.split())
SHOWN_IN = {"title", "aria-label", "placeholder", "alt", "data-confirm", "data-note"}


class Texts(HTMLParser):
    """What a page says, but for what is code or came from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"code", "pre", "script", "style", "q"}:
            self._inside.append(tag)
        self.found += [value for name, value in attrs if name in SHOWN_IN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip():
            self.found.append(data.strip())


#: One of the questions that the simulator offers is meant to be English.
SAMPLE = "Do you have gluten-free cake?"


def english_in(page: str) -> list[str]:
    texts = Texts()
    texts.feed(page)
    found = [it for it in texts.found if it != SAMPLE]
    return [it for it in found if ENGLISH & set(re.findall(r"[a-z-]+", it.lower()))]


REASONS = (
    "Negative sentiment detected",
    "Low AI confidence",
    "Long conversation without resolution",
    "Escalation keywords detected",
    "Complex query detected",
    "Customer asked for a person",
)


async def fill(admin: DeskUser) -> tuple[str, list[str]]:
    """A conversation with all that can be said about one. Returns it, and its messages."""
    id = await admin.add_conversation(name="Lucía", state="waiting")
    ids = [await admin.add_message(id, "hola")]
    about = {"conversation_id": id, "turn_id": ids[0], "language": "es"}
    await admin.runtime.store.write(lambda tx: keep_questions(tx, ["¿hay wifi?", "velas"], **about))
    for intent in ("greeting", "order_status", "human", "availability"):
        turn = await admin.runtime.store.write(partial(add_turn, conversation_id=id, intent=intent))
        ids.append(await admin.add_message(id, "Abrimos", inbound=False, turn_id=turn))
    for status in ("queued", "sent", "delivered", "read", "unknown"):
        ids.append(await admin.add_message(id, "hola", inbound=False, status=status))
    for title in (
        "Meta's answer has no link to the file.",
        "The provider refused the message",
        "The text has 5000 characters; WhatsApp allows 4096 (text)",
    ):
        error = {"code": 131000, "title": title, "advice": "A fault at Meta's side."}
        ids.append(await admin.add_message(id, "x", inbound=False, status="failed", error=error))

    def work(tx: Tx) -> None:
        reasons = [{"code": "x", "weight": 20, "text": it} for it in REASONS]
        row = {"id": new_id(), "conversation_id": id, "state": "open", "priority": "urgent"}
        more = {"department": "complaints", "reasons": reasons, "due_at": 1.0, "created_at": 1.0}
        tx.execute(insert(Escalation), columns(Escalation, **row, **more))
        for name in ("handed_over", "taken_over", "handed_back", "resolved", "reopened"):
            log_event(tx, id, name, actor="user:x", after=3, detail={"reasons": reasons})
        log_event(tx, id, "reply_dropped", actor="assistant", after=3, detail={})
        cause = "There is no Evolution line with the address 52. Add it in the desk under Lines,"
        cause += " then replay this dead letter."
        record_in(tx, queue="inbound", lane="x", body=b"{}", cause=cause)

    await admin.runtime.store.write(work)
    return id, ids


def add_turn(tx: Tx, conversation_id: str, intent: str) -> str:
    row = {"id": new_id(), "conversation_id": conversation_id, "intent": intent}
    more = {"sentiment": "negative", "started_at": now(), "outcome": "answered"}
    error = "embedded gave an empty answer."
    tx.execute(insert(Turn), columns(Turn, error=error, **row, **more))
    return row["id"]


PAGES = (
    "/", "/?filter=waiting", "/?filter=mine", "/?q=ornitorrinco", "/simulator", "/knowledge",
    "/knowledge/unanswered",
    "/knowledge/try?q=hola", "/lines", "/lines/add?channel=whatsapp",
    "/lines/add?channel=twilio", "/lines/add?channel=evolution", "/templates", "/dead-letters",
    "/dead-letters?state=dropped", "/team", "/profile",
)  # fmt: skip
MISSING = (
    "/nowhere", "/conversations/x", "/messages/x/turn", "/messages/x/raw", "/lines/x", "/media/x",
    "/conversations/x/older", "/dead-letters?state=x", "/simulator?person=!!",
)  # fmt: skip


@pytest.mark.parametrize("language", ["es", "pt"])
async def test_no_page_and_no_error_has_english_in_it(admin: DeskUser, language: str) -> None:
    conversation, messages = await fill(admin)
    simulator = await admin.runtime.lines.at("web", "simulator")
    assert simulator is not None
    admin.client.cookies.set("language", language)
    paths = (
        *PAGES,
        f"/lines/{simulator.id}",
        f"/conversations/{conversation}",
        f"/conversations/{conversation}/template",
        *(f"/messages/{id}/turn" for id in messages),
    )
    found = {}
    for path in paths:
        response = await admin.get(path)
        assert response.status_code == 200, path
        if english := english_in(response.text):
            found[path] = english
    for path in MISSING:
        response = await admin.get(path)
        assert response.status_code >= 400, path
        if english := english_in(response.text):
            found[path] = english
    assert found == {}


@pytest.mark.parametrize("language", ["es", "pt"])
async def test_what_a_form_is_refused_for_is_said_in_its_language(
    admin: DeskUser, language: str
) -> None:
    id = await admin.add_conversation()
    admin.client.cookies.set("language", language)
    asked: list[tuple[str, dict[str, str]]] = [
        (f"/conversations/{id}/messages", {"text": " "}),
        (f"/conversations/{id}/messages", {"text": "x" * 5000}),
        (f"/conversations/{id}/messages", {"kind": "note", "text": "x" * 5000}),
        (f"/conversations/{id}/reopen", {}),
        ("/conversations/nada/takeover", {}),
        ("/team", {"name": "", "email": "nada", "role": "agent"}),
        ("/team", {"name": "B", "email": "b@cafe.mx", "role": "rey"}),
        ("/knowledge", {"name": "", "text": ""}),
        ("/profile/password", {"password": "a", "present": "b"}),
        ("/lines", {"channel": "whatsapp"}),
        ("/lines", {"channel": "nada"}),
        ("/messages/nada/settle", {"arrived": "yes"}),
        ("/messages/nada/cancel", {}),
        ("/simulator/messages", {"person": "!!", "text": "hola"}),
    ]
    found = {}
    for path, fields in asked:
        for htmx in (True, False):
            response = await admin.post(path, htmx=htmx, **fields)
            toast = response.headers.get("hx-trigger", "").encode().decode("unicode_escape")
            said = response.text or f"<p>{toast}</p>"
            if english := english_in(said):
                found[(path, *fields)] = english
    assert found == {}
