"""What the composer sends: a text, a file, an answer to one message, a reaction, a note."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.channels.whatsapp.check import LARGEST, SHOWN
from recado.channels.whatsapp.limits import TEXTS
from recado.conversations.queries import get_conversation, get_message
from recado.conversations.speak import say
from recado.conversations.views import MessageView
from recado.desk.conversation import render_live
from recado.desk.queries import add_note, conversation_of_message
from recado.desk.visit import Visit
from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.media.uploads import Kept, keep_upload
from recado.store import Tx

MAX_EMOJI = 32
#: A longer text goes after the file.
MAX_CAPTION = TEXTS["caption"].most


async def write(visit: Visit) -> Response:
    """`POST /conversations/{id}/messages`: to the contact, or a note to the team.

    `file` is what goes along, `answers` the id of the message that it quotes.
    """
    id, user, runtime = visit.request.path_params["id"], visit.user, visit.runtime
    text = (await visit.field("text")).strip()
    if await visit.field("kind") == "note":
        await runtime.store.write(lambda tx: add_note(tx, id, user_id=user.user_id, text=text))
        return await render_live(visit, id)
    answered = await visit.field("answers")
    file = await _keep_file(visit, id)

    def work(tx: Tx) -> None:
        said: dict[str, Any] = {"actor": user.actor, "user_id": user.user_id}
        reply_to = provider_id_of(tx, id, answered) if answered else None
        rest = text
        if file is not None:
            kind = kind_of_message(file)
            apart = kind == "audio" or len(text) > MAX_CAPTION
            caption, rest = ("", text) if apart else (text, "")
            about: dict[str, Any] = {"type": kind, "content": {"media": _named(file)}}
            about |= {"text": caption, "reply_to": reply_to}
            say(tx, runtime, id, **said, **about)
            reply_to = None
        if rest or file is None:
            say(tx, runtime, id, **said, text=rest, reply_to=reply_to)

    await runtime.store.write(work)
    return await render_live(visit, id)


async def react(visit: Visit) -> Response:
    """`POST /messages/{id}/reaction`: put an emoji on a message, or take the same one off."""
    message_id, user, runtime = visit.request.path_params["id"], visit.user, visit.runtime
    emoji = (await visit.field("emoji")).strip()
    if not emoji or len(emoji) > MAX_EMOJI:
        raise BadRequest("`emoji` is one emoji.")

    def work(tx: Tx) -> str:
        id = conversation_of_message(tx, message_id)
        target = provider_id_of(tx, id, message_id)
        given = (get_message(tx, message_id).reactions or {}).get("business")
        reaction = {"message_id": target, "emoji": "" if given == emoji else emoji}
        say(
            *(tx, runtime, id),
            type="reaction",
            text="",
            content={"reaction": reaction},
            actor=user.actor,
            user_id=user.user_id,
        )
        return id

    return await render_live(visit, await runtime.store.write(work))


def provider_id_of(tx: Tx, conversation_id: str, message_id: str) -> str:
    """What the channel calls a message of the conversation. Raises NotFound, Conflict."""
    message: MessageView = get_message(tx, message_id)
    if message.conversation_id != conversation_id:
        raise NotFound(f"There is no message {message_id} in this conversation.")
    if message.revoked_at is not None:
        raise Conflict("The message was deleted meanwhile.")
    if not message.provider_message_id:
        raise Conflict("The message has not gone out yet: wait until it has.")
    return message.provider_message_id


def kind_of_message(file: Kept) -> str:
    """As what the file goes, so that WhatsApp takes it and shows it."""
    for kind in ("image", "video", "audio"):
        if file.mime_type in SHOWN[kind] and file.size_bytes <= LARGEST[kind]:
            return kind
    return "document"


async def _keep_file(visit: Visit, conversation_id: str) -> Kept | None:
    """Raises FileRefused, Unprocessable (the channel sends no files), NotFound."""
    upload = (await visit.form()).get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    view = await visit.runtime.store.read(lambda tx: get_conversation(tx, conversation_id))
    if "document" not in visit.runtime.channel(view.channel).capabilities.sends:
        raise Unprocessable("This channel sends no files.")
    return await keep_upload(
        visit.runtime,
        await upload.read(),
        filename=upload.filename,
        line_id=view.line_id,
        direction="outbound",
        declared=upload.content_type or "",
    )


def _named(file: Kept) -> dict[str, Any]:
    given = msgspec.structs.asdict(file)
    del given["id"]
    return {"media_id": file.id, **{key: value for key, value in given.items() if value}}
