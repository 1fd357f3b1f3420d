"""The simulator: a phone, and beside it the team's view of the same conversation."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
import structlog
from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.channels.port import Line
from recado.channels.web.said import Said, say
from recado.conversations.queries import get_conversation
from recado.desk import conversation
from recado.desk.queries import Simulated, list_simulated, undelivered
from recado.desk.thread import Thread, read_thread
from recado.desk.visit import Visit
from recado.errors import BadRequest, NotFound, Unprocessable
from recado.inbound.simulator import ADDRESS, CHANNEL, publish_message, publish_receipts
from recado.media.uploads import keep_upload
from recado.store import Tx

SUGGESTIONS = (
    "hola, ¿a qué hora abren?",
    "Vocês entregam em casa?",
    "Do you have gluten-free cake?",
    "asdf qwerty",
    "quiero hablar con una persona",
)
FIRST_WORDS = {
    "es": ("hola", "quiero hablar con una persona"),
    "pt": ("oi", "quero falar com uma pessoa"),
    "en": ("hello", "I want to talk to a person"),
}
NAMES = ("Lucía", "João", "Emma", "Mateo", "Beatriz", "Sofía", "Rafael", "Valentina", "Noah")
#: Where a phone may say that it is.
PLACES = (
    {
        "name": "Parque México",
        "address": "Av. México, Hipódromo, Ciudad de México",
        "latitude": 19.4117,
        "longitude": -99.1699,
    },
    {
        "name": "MASP",
        "address": "Av. Paulista 1578, São Paulo",
        "latitude": -23.5614,
        "longitude": -46.6559,
    },
    {
        "name": "Plaza Serrano",
        "address": "Palermo, Buenos Aires",
        "latitude": -34.5885,
        "longitude": -58.4306,
    },
)
#: What a file must be to go as a photo, a video and so on. A browser records voice as WebM.
_MIME_TYPES = {
    "image": ("image/",),
    "video": ("video/",),
    "audio": ("audio/", "video/webm", "video/mp4", "application/ogg"),
    "sticker": ("image/webp",),
    "document": ("",),
}
_MESSAGE_KEY = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[a-z0-9-]{4,40}")


class Phone(msgspec.Struct, frozen=True):
    """What the phone shows. `person.conversation_id` is None before the first message."""

    person: Simulated
    people: list[Simulated]
    thread: Thread
    state: str = ""
    answered_to: int = 0

    @property
    def query(self) -> str:
        return urlencode({"person": self.person.key, "name": self.person.name})


async def show(visit: Visit) -> Response:
    """`GET /simulator`: the last person who wrote, or somebody new."""
    phone = await _read_phone(visit, create=True)
    panes: dict[str, Any] = {"conversation": None}
    if phone.person.conversation_id is not None:
        panes = await conversation.read_panes(visit, phone.person.conversation_id)
    return visit.render(
        "simulator.html",
        phone=phone,
        sample=await _has_sample(visit),
        suggestions=await suggestions(visit),
        places=PLACES,
        **panes,
    )


async def _has_sample(visit: Visit) -> bool:
    return any(source.sample for source in await visit.runtime.knowledge.list())


async def suggestions(visit: Visit) -> Sequence[str]:
    """What may be asked: of the sample, or of the first headings of the knowledge of one's own."""
    if await _has_sample(visit):
        return SUGGESTIONS
    hello, person = FIRST_WORDS[visit.language]
    return [hello, *await visit.runtime.knowledge.topics(visit.language, limit=3), person]


async def show_new(visit: Visit) -> Response:
    """`GET /simulator/new`: somebody else writes."""
    name = " ".join(visit.request.query_params.get("name", "").split())[:60]
    query = urlencode({"person": new_key(), "name": name or secrets.choice(NAMES)})
    return visit.done(f"/simulator?{query}")


async def show_phone(visit: Visit) -> Response:
    """`GET /simulator/phone`: the phone's messages, to be merged in."""
    return visit.render("parts/phone_live.html", phone=await _read_phone(visit))


async def show_view(visit: Visit) -> Response:
    """`GET /simulator/view`: the team's side, once there is a conversation."""
    phone = await _read_phone(visit)
    if phone.person.conversation_id is None:
        return Response(status_code=204)
    panes = await conversation.read_panes(visit, phone.person.conversation_id)
    return visit.render("parts/conversation.html", **panes)


async def send(visit: Visit) -> Response:
    """`POST /simulator/messages`: the person says something of a `kind` (channels/web/said.py).

    `details` is a JSON object, `file` a file. The answer names the message that it became; `key`
    is the phone's own name for it, so that sent again it is the same one.
    """
    key = await visit.field("key")
    if key and not _MESSAGE_KEY.fullmatch(key):
        raise BadRequest("`key` is 32 hexadecimal digits.")
    person, name = _asked(visit, await visit.field("person"), await visit.field("name"))
    kind = await visit.field("kind") or "text"
    details = _details(await visit.field("details"))
    if kind in _MIME_TYPES:
        details["media"] = await _keep_file(visit, kind, voice=bool(details.get("voice")))
    reply_to = await visit.field("reply_to") or None
    said: Said = say(kind, await visit.field("text"), details, reply_to)
    message = await publish_message(
        visit.runtime.queue,
        person=person,
        name=name,
        said=said,
        key=key,
        trace_id=str(structlog.contextvars.get_contextvars().get("trace_id", "")),
    )
    response = visit.nothing()
    response.headers["x-message-id"] = message.provider_message_id
    return response


def _details(given: str) -> dict[str, Any]:
    try:
        details = msgspec.json.decode(given or "{}")
    except msgspec.DecodeError as error:
        raise BadRequest("`details` is not JSON.") from error
    if not isinstance(details, dict):
        raise BadRequest("`details` is a JSON object.")
    return details


async def _keep_file(visit: Visit, kind: str, *, voice: bool) -> dict[str, Any]:
    """The file is stored before the message is sent, as on the way of every channel."""
    upload = (await visit.form()).get("file")
    if not isinstance(upload, UploadFile):
        raise Unprocessable("Choose a file to send.")
    line, name = await _line(visit), (upload.filename or "")[:240]
    kept = await keep_upload(
        visit.runtime,
        await upload.read(),
        filename=name,
        line_id=line.id,
        declared=upload.content_type or "",
        message_type=kind,
    )
    if not kept.mime_type.startswith(_MIME_TYPES[kind]):
        raise Unprocessable(f"A file of the type {kept.mime_type} does not go as {kind}.")
    media: dict[str, Any] = {"media_id": kept.id, "mime_type": kept.mime_type}
    media |= {"sha256": kept.sha256, "size_bytes": kept.size_bytes}
    if kind == "document" and kept.filename:
        media["filename"] = kept.filename
    return media | ({"voice": True} if voice else {})


async def receive(visit: Visit) -> Response:
    """`POST /simulator/receipts`: the phone has shown (`read`) or got its messages."""
    person, _ = _asked(visit, await visit.field("person"), "")
    status: Literal["delivered", "read"] = "delivered"
    if await visit.field("status") == "read":
        status = "read"
    line = await _line(visit)

    def work(tx: Tx) -> list[tuple[str, str]]:
        known = list_simulated(tx, line.id, key=person)
        if not known or known[0].conversation_id is None:
            return []
        rows = undelivered(tx, known[0].conversation_id, status)
        return [(row.id, row.provider_message_id) for row in rows]

    messages = await visit.runtime.store.read(work)
    await publish_receipts(visit.runtime.queue, person=person, messages=messages, status=status)
    return visit.nothing()


async def _read_phone(visit: Visit, *, create: bool = False) -> Phone:
    line = await _line(visit)
    query = visit.request.query_params
    asked = "" if create and "person" not in query else query.get("person", "")
    if asked or not create:
        key, name = _asked(visit, asked, query.get("name", ""))
    else:
        key, name = "", ""

    def work(tx: Tx) -> Phone:
        people = list_simulated(tx, line.id)
        if not key and not people:
            return Phone(Simulated(new_key(), NAMES[0], "", None), [], Thread([], None))
        known = (list_simulated(tx, line.id, key=key) if key else people)[:1]
        if not known:
            return Phone(Simulated(key, name, "", None), people, Thread([], None))
        return _with_messages(tx, known[0], people)

    return await visit.runtime.store.read(work)


def _with_messages(tx: Tx, person: Simulated, people: list[Simulated]) -> Phone:
    conversation_id = str(person.conversation_id)
    view = get_conversation(tx, conversation_id)
    thread = read_thread(tx, conversation_id)
    return Phone(person, people, thread, view.state, view.answered_to)


def _asked(visit: Visit, key: str, name: str) -> tuple[str, str]:
    if not _KEY.fullmatch(key):
        raise BadRequest("`person` names a simulated person: small letters, digits, hyphens.")
    return key, " ".join(name.split())[:60] or NAMES[0]


async def _line(visit: Visit) -> Line:
    line = await visit.runtime.lines.at(CHANNEL, ADDRESS)
    if line is None:
        raise NotFound("The simulator's line is missing; restart Recado to make it again.")
    return line


def new_key() -> str:
    return f"sim-{secrets.token_hex(6)}"
