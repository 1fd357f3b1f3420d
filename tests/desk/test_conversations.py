"""The team reads conversations and acts in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from recado.channels.messages import MESSAGE_TYPES, Identity
from recado.conversations.conflicts import show_conflict
from recado.conversations.model import Conversation
from recado.conversations.queries import get_conversation, get_message, list_messages
from recado.conversations.views import MessageView
from recado.desk.queries import Simulated
from recado.desk.simulator import Phone
from recado.desk.thread import Item, Thread
from recado.desk.visit import Desk
from recado.desk.words import translator
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.model import Escalation
from recado.jobs import SEND, TURN
from recado.runtime import Runtime
from recado.store import Tx, now
from tests.desk.conftest import DeskUser, browser

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def bubbles(html: str) -> list[str]:
    return re.findall(r'id="m-(\w+)"', html)


async def test_a_conversation_shows_what_was_said_in_order(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    ids = [await admin.add_message(conversation_id, f"mensaje {n}") for n in range(5)]
    page = await admin.page(f"/conversations/{conversation_id}")
    assert bubbles(page) == ids
    assert "Lucía" in page


async def test_a_long_conversation_is_read_upwards_without_gaps(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    ids = [await admin.add_message(conversation_id, f"mensaje {n}") for n in range(95)]
    html = await admin.page(f"/conversations/{conversation_id}")
    seen = bubbles(html)
    while older := re.search(r'hx-get="(/conversations/\w+/older\?before=\d+)"', html):
        html = await admin.page(older[1], htmx=True)
        seen = bubbles(html) + seen
    assert seen == ids


@pytest.mark.parametrize("where", ["text", "name", "title", "error", "content"])
async def test_what_a_contact_writes_is_shown_as_text_and_never_run(
    admin: DeskUser, where: str
) -> None:
    conversation_id = await admin.add_conversation(name=EVIL if where == "name" else "Lucía")
    values: dict[str, Any] = {"text": EVIL if where == "text" else "hola"}
    if where == "error":
        values |= {"inbound": False, "status": "failed", "error": {"code": EVIL, "title": EVIL}}
    if where == "content":
        content = {"location": {"latitude": 1, "longitude": EVIL, "name": EVIL, "address": EVIL}}
        values |= {"type": "location", "content": content}
    await admin.add_message(conversation_id, **values)
    for path in ("/", f"/conversations/{conversation_id}"):
        page = await admin.page(path)
        assert "<script>alert" not in page
        assert "<img" not in page


CONTENTS: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"media": {"mime_type": "image/jpeg", "caption": "mi torta"}}, "JPEG"),
    "audio": ({"media": {"mime_type": "audio/ogg", "voice": True}}, "Voice message"),
    "document": ({"media": {"filename": "factura.pdf"}}, "factura.pdf"),
    "video": ({"media": {}}, "Video"),
    "sticker": ({"media": {}}, "Sticker"),
    "location": ({"location": {"latitude": 19.4, "longitude": -99.1, "name": "Casa"}}, "19.4"),
    "contacts": ({"contacts": [{"name": {"formatted_name": "Tía"}, "phones": []}]}, "Tía"),
    "order": ({"order": {"items": [{"quantity": 2, "product_retailer_id": "torta"}]}}, "2 ×"),
    "button": ({"reply": {"id": "1", "title": "Sí"}}, "Tapped"),
    "reaction": ({"reaction": {"message_id": "x", "emoji": ""}}, "Took a reaction back"),
    "revoke": ({"revoked": {"message_id": "x"}}, "Deleted an earlier message"),
    "unsupported": ({"unsupported": {}}, "As it came"),
    "unknown": ({"vendor_type": "hologram"}, "hologram"),
}


@pytest.mark.parametrize("type", CONTENTS)
async def test_other_messages_are_shown_as_what_they_are(admin: DeskUser, type: str) -> None:
    content, shown = CONTENTS[type]
    conversation_id = await admin.add_conversation()
    message_id = await admin.add_message(
        conversation_id, type=type, content=content, raw={"as": "it came"}
    )
    assert shown in await admin.page(f"/conversations/{conversation_id}")
    raw = await admin.page(f"/messages/{message_id}/raw", htmx=True)
    assert "it came" in raw


async def test_buttons_that_were_sent_are_shown_to_the_team(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    content = {"interactive": {"type": "button", "buttons": [{"id": "y", "title": "Sí, claro"}]}}
    await admin.add_message(
        conversation_id, "¿Confirmas?", type="interactive", content=content, inbound=False
    )
    assert "Sí, claro" in await admin.page(f"/conversations/{conversation_id}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["media", "location", "contacts", "order", "items", "reply", "flow", "interactive",
             "buttons", "sections", "rows", "template", "name", "phones", "title", "type", "voice",
             "header", "body", "cards", "response", "parameters", "url", "duration_seconds"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    return Desk(runtime)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    type=st.sampled_from(MESSAGE_TYPES),
    direction=st.sampled_from(["inbound", "outbound"]),
    status=st.sampled_from(["received", "queued", "sent", "read", "failed", "unknown"]),
    content=st.dictionaries(
        st.sampled_from(
            [
                "media",
                "location",
                "contacts",
                "order",
                "reply",
                "flow",
                "interactive",
                "call",
                "preview",
                "template",
                "context",
                "referral",
                "participant",
                "edited_from",
                "errors",
                "reaction",
                "unsupported",
                "said_by",
            ]
        ),
        JSON,
        max_size=4,
    ),
    error=JSON,
    about=st.dictionaries(st.sampled_from(["as", "why", "template", "category", "amount"]), JSON),
)
def test_no_content_whatever_breaks_a_page(
    desk: Desk,
    type: str,
    direction: str,
    status: str,
    content: dict[str, Any],
    error: Any,
    about: dict[str, Any],
) -> None:
    message = view(
        type=type, direction=direction, status=status, content=content, error=error,
        route=about, pricing=about, edited_at=1.0, held="window" if status == "queued" else None,
        provider_message_id="wamid.1",
    )  # fmt: skip
    items = desk.environment.get_template("parts/items.html").module
    item = Item(kind="message", id="m-1", key="1", at=1.0, message=message)
    html = str(items.bubble(item, None, translator("es")))  # type: ignore[attr-defined]
    assert 'class="bubble' in html
    phone = desk.environment.get_template("parts/phone_live.html")
    thread = Thread([item], None)
    shown = Phone(Simulated("sim-1", "Ana", "c", "c"), [], thread)
    assert phone.render(phone=shown, _=translator("pt"))


def view(**values: Any) -> MessageView:
    plain: dict[str, Any] = {
        "id": "1", "conversation_id": "c", "contact_id": "k", "line_id": "l", "position": 1,
        "author": "contact", "author_user_id": None, "author_name": None, "text": "",
        "reply_to": None, "in_reply_to": (), "turn_id": None,
        "confidence": None, "media": None, "cost": None, "sent_at": None, "delivered_at": None,
        "read_at": None, "created_at": 1.0,
    }  # fmt: skip
    return MessageView(**plain, **values)


# The list


async def test_those_who_wait_come_first_the_most_urgent_on_top(admin: DeskUser) -> None:
    runtime = admin.runtime
    ids = {name: await admin.add_conversation(name=name) for name in ("Ana", "Beto", "Caro")}
    for name in ("Beto", "Ana"):
        id = ids[name]

        def work(tx: Tx, id: str = id, name: str = name) -> None:
            row = tx.first(select(Conversation.__table__).where(Conversation.id == id))
            assert row is not None
            grounds = Grounds(
                score=60,
                reasons=[{"code": "x", "weight": 60, "text": "Customer asked for a person"}],
                priority="high",
                department="support",
                summary=f"{name} pide ayuda",
                language="es",
            )
            hand_over(tx, row, grounds)
            due = now() + (100 if name == "Ana" else -100)
            tx.execute(
                update(Escalation).where(Escalation.conversation_id == id).values(due_at=due)
            )

        await runtime.store.write(work)
    await admin.add_message(ids["Caro"], "lo más nuevo")

    page = await admin.page("/")
    assert re.findall(r'id="c-(\w+)"', page) == [ids["Beto"], ids["Ana"], ids["Caro"]]
    assert 'data-due="' in page
    waiting = await admin.page("/?filter=waiting")
    assert re.findall(r'id="c-(\w+)"', waiting) == [ids["Beto"], ids["Ana"]]
    details = await admin.page(f"/conversations/{ids['Ana']}")
    assert "Ana pide ayuda" in details
    assert "Handed over to the team: Customer asked for a person" in details


async def test_the_list_is_narrowed_by_state_and_searched(admin: DeskUser) -> None:
    ana = await admin.add_conversation(name="Ana Torres")
    beto = await admin.add_conversation(name="Beto", state="resolved")
    await admin.add_message(beto, "quiero una torta de limón")

    async def listed(query: str) -> list[str]:
        return re.findall(r'id="c-(\w+)"', await admin.page(f"/desk/list?{query}", htmx=True))

    assert set(await listed("")) == {ana, beto}
    assert await listed("filter=resolved") == [beto]
    assert await listed("filter=bot") == [ana]
    assert await listed("filter=mine") == []
    assert await listed("q=torres") == [ana]
    assert await listed("q=limón") == [beto]
    assert await listed("q=%25") == []
    assert await listed("filter=nonsense&q=beto") == [beto]


async def test_a_list_of_many_pages_shows_each_once(admin: DeskUser) -> None:
    ids = [await admin.add_conversation(name=f"P{n}") for n in range(120)]
    html = await admin.page("/")
    seen = re.findall(r'id="c-(\w+)"', html)
    while more := re.search(r'id="more"[^>]* hx-get="([^"]+)"', html):
        html = await admin.page(more[1].replace("&amp;", "&"), htmx=True)
        seen += re.findall(r'id="c-(\w+)"', html)
    assert sorted(seen) == sorted(ids)
    refreshed = await admin.page("/desk/list?shown=120", htmx=True)
    assert len(re.findall(r'id="c-(\w+)"', refreshed)) == 120


async def test_having_it_open_is_having_read_it(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation(state="human")
    await admin.add_message(conversation_id, "hola")
    assert 'class="badge"' in await admin.page("/")
    await admin.page(f"/conversations/{conversation_id}/live?hidden=yes", htmx=True)
    assert 'class="badge"' in await admin.page("/")
    await admin.page(f"/conversations/{conversation_id}")
    assert 'class="badge"' not in await admin.page("/")


# What the team does


async def state_of(user: DeskUser, conversation_id: str) -> tuple[str, str | None]:
    view = await user.runtime.store.read(lambda tx: get_conversation(tx, conversation_id))
    return view.state, view.assignee_id


async def test_taking_over_answering_and_handing_back(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    await admin.add_message(conversation_id, "hola")

    assert (await admin.post(f"/conversations/{conversation_id}/takeover")).status_code == 204
    state, assignee = await state_of(admin, conversation_id)
    assert (state, bool(assignee)) == ("human", True)
    assert "You answer" in await admin.page(f"/conversations/{conversation_id}")

    answer = await admin.post(
        f"/conversations/{conversation_id}/messages", kind="reply", text=" Hola, soy Ana "
    )
    assert "Hola, soy Ana" in answer.text
    messages = await admin.runtime.store.read(lambda tx: list_messages(tx, conversation_id))
    assert [(m.author, m.text, m.status) for m in messages[1:]] == [
        ("agent", "Hola, soy Ana", "queued")
    ]
    assert (await admin.runtime.queue.depth())[SEND.name].waiting == 1

    assert (await admin.post(f"/conversations/{conversation_id}/handback")).status_code == 204
    assert await state_of(admin, conversation_id) == ("bot", None)
    assert TURN.name not in await admin.runtime.queue.depth()
    page = await admin.page(f"/conversations/{conversation_id}")
    assert "Admin took over" in page
    assert "Admin handed back to the assistant" in page


async def test_handing_back_lets_the_assistant_answer_what_is_open(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    await admin.post(f"/conversations/{conversation_id}/takeover")
    await admin.add_message(conversation_id, "¿y los domingos?")
    await admin.post(f"/conversations/{conversation_id}/handback")
    assert (await admin.runtime.queue.depth())[TURN.name].waiting == 1


async def test_writing_takes_the_word_from_whoever_has_it(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    await admin.post(f"/conversations/{conversation_id}/messages", kind="reply", text="Yo sigo")
    assert (await state_of(admin, conversation_id))[0] == "human"


async def test_resolving_and_opening_again(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    await admin.post(f"/conversations/{conversation_id}/resolve")
    assert (await state_of(admin, conversation_id))[0] == "resolved"
    assert "Reopen" in await admin.page(f"/conversations/{conversation_id}")
    await admin.post(f"/conversations/{conversation_id}/reopen")
    assert (await state_of(admin, conversation_id))[0] == "bot"
    again = await admin.post(f"/conversations/{conversation_id}/reopen")
    assert again.status_code == 409


async def test_a_note_stays_in_the_team(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    page = await admin.post(
        f"/conversations/{conversation_id}/messages", kind="note", text="Cliente *frecuente*"
    )
    assert "Cliente <strong>frecuente</strong>" in page.text
    assert await state_of(admin, conversation_id) == ("bot", None)
    assert await admin.runtime.queue.depth() == {}
    empty = await admin.post(f"/conversations/{conversation_id}/messages", kind="note", text="  ")
    assert empty.status_code == 422


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
async def test_a_message_that_cannot_be_sent_is_refused(admin: DeskUser, text: str) -> None:
    conversation_id = await admin.add_conversation()
    response = await admin.post(
        f"/conversations/{conversation_id}/messages", kind="reply", text=text
    )
    assert response.status_code == 422
    assert "toast" in response.headers["hx-trigger"]
    assert await state_of(admin, conversation_id) == ("bot", None)


@pytest.mark.parametrize(("arrived", "status"), [("yes", "sent"), ("no", "queued")])
async def test_a_person_settles_what_nobody_can_tell(
    admin: DeskUser, arrived: str, status: str
) -> None:
    conversation_id = await admin.add_conversation()
    message_id = await admin.add_message(
        conversation_id, "Abrimos a las 8", inbound=False, status="unknown", attempted_at=now()
    )
    page = await admin.page(f"/conversations/{conversation_id}")
    assert "Nobody can tell whether this arrived." in page
    assert "It arrived" in page

    settled = await admin.post(f"/messages/{message_id}/settle", arrived=arrived)
    assert "Nobody can tell" not in settled.text
    message = await admin.runtime.store.read(lambda tx: get_message(tx, message_id))
    assert message.status == status
    assert (SEND.name in await admin.runtime.queue.depth()) == (arrived == "no")
    again = await admin.post(f"/messages/{message_id}/settle", arrived=arrived)
    assert again.status_code == 409


async def test_what_arrived_after_it_failed_is_shown_delivered_with_its_history(
    admin: DeskUser,
) -> None:
    conversation_id = await admin.add_conversation()
    failed = {"status": "failed", "at": now() - 60, "error": {"title": "Not here", "code": 131026}}
    await admin.add_message(
        conversation_id,
        "Abrimos a las 8",
        inbound=False,
        status="delivered",
        delivered_at=now(),
        setbacks=[failed],
    )
    await admin.add_message(conversation_id, "Gracias", inbound=False, status="read")
    page = await admin.page(f"/conversations/{conversation_id}")
    assert page.count("How it went") == 1
    assert "Not here" in page
    assert "(131026)" in page


async def test_a_reply_that_a_person_overtook_says_so(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()
    await admin.add_message(conversation_id, "Abrimos a las 8", inbound=False)
    await admin.post(f"/conversations/{conversation_id}/takeover")
    page = await admin.page(f"/conversations/{conversation_id}")
    assert "Not sent: a person took over first." in page


async def test_two_contacts_that_claim_one_identity_are_shown_on_both(admin: DeskUser) -> None:
    one = await admin.add_conversation(name="Ana")
    other = await admin.add_conversation(name="Ana María")
    store = admin.runtime.store

    def work(tx: Tx) -> None:
        ids = {get_conversation(tx, id).contact_id for id in (one, other)}
        show_conflict(tx, ids, Identity("phone", "16505550320"))
        show_conflict(tx, ids, Identity("phone", "16505550320"))

    await store.write(work)
    page = await admin.page(f"/conversations/{one}")
    assert f'<a href="/conversations/{other}">Ana María</a>' in page
    assert page.count("+16505550320") == 2
    assert page.count("Another contact claims this too") == 2  # its event, and the details
    assert f'<a href="/conversations/{one}">Ana</a>' in await admin.page(f"/conversations/{other}")


async def conflicting(admin: DeskUser) -> tuple[str, str, str]:
    """Ana's and Ana María's conversations, and Ana's contact."""
    one = await admin.add_conversation(name="Ana")
    other = await admin.add_conversation(name="Ana María", identities=(("phone", "16505550320"),))
    await admin.add_message(one, "soy Ana")
    await admin.add_message(other, "soy yo, de otro número")

    def work(tx: Tx) -> str:
        ana, maria = (get_conversation(tx, id).contact_id for id in (one, other))
        show_conflict(tx, {ana, maria}, Identity("phone", "16505550320"))
        return ana

    return one, other, await admin.runtime.store.write(work)


async def test_a_conflict_is_settled_with_a_button(admin: DeskUser) -> None:
    one, other, ana = await conflicting(admin)
    page = await admin.page(f"/conversations/{other}")
    assert "The same person" in page
    assert "Not the same" in page
    path, claimed = f"/contacts/{ana}/join", ("phone", "16505550320")
    joined = await admin.post(path, kind=claimed[0], value=claimed[1], conversation=other)
    assert joined.headers["hx-redirect"] == f"/conversations/{one}"
    page = await admin.page(f"/conversations/{one}", htmx=True)
    assert page.index("soy Ana") < page.index("soy yo, de otro número")
    assert "said that two contacts are the same person" in page
    assert "The same person</button>" not in page
    assert (await admin.get(f"/conversations/{other}")).status_code == 404
    again = await admin.post(path, kind=claimed[0], value=claimed[1], conversation=other)
    assert again.status_code == 404


async def test_two_who_are_not_the_same_stay_two(admin: DeskUser) -> None:
    one, other, ana = await conflicting(admin)
    kept = await admin.post(f"/contacts/{ana}/apart", kind="phone", value="16505550320")
    assert kept.status_code == 204
    for conversation in (one, other):
        assert "Not the same" not in await admin.page(f"/conversations/{conversation}")
    bad = await admin.post(f"/contacts/{ana}/apart", kind="name", value="Ana")
    assert bad.status_code == 400


async def test_an_agent_sees_a_conflict_and_who_settles_it(
    runtime: Runtime, admin: DeskUser
) -> None:
    one, _, ana = await conflicting(admin)
    async with browser(runtime) as agent:
        await agent.sign_in("agent")
        page = await agent.page(f"/conversations/{one}")
        assert "A supervisor decides it here." in page
        assert f"/contacts/{ana}/join" not in page
        refused = await agent.post(f"/contacts/{ana}/join", kind="phone", value="16505550320")
        assert refused.status_code == 403
