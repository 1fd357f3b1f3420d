"""What the composer sends: a text, a file, an answer to one message, a reaction, a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.conversations.queries import get_conversation, get_message
from recado.conversations.views import MessageView
from recado.desk.conversation import render_live, takes_from_whom
from recado.desk.queries import add_note, conversation_of_message
from recado.desk.visit import Visit
from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.media.convert.fitting import fit
from recado.media.uploads import Kept, keep_upload
from recado.sending.once import Claim, claim, fulfil
from recado.sending.speak import say
from recado.store import Tx

MAX_EMOJI = 32
MAX_KEY = 100
KINDS = ("reply", "note")


async def write(visit: Visit) -> Response:
    """`POST /conversations/{id}/messages`: to the contact (`kind` reply), or a note to the team.

    `file` is what goes along, `answers` the id of the message that it quotes, `key` names the
    form as it was sent: once more with the same key, it is not said again.
    """
    id, kind = visit.request.path_params["id"], await visit.field("kind")
    if kind not in KINDS:  # what is meant for the team must never go out by default
        raise Unprocessable("`kind` is reply or note.")
    claiming = await _claiming(visit, id, kind)
    if kind == "note":
        await _note(visit, id, claiming)
    else:
        await _reply(visit, id, claiming)
    return await render_live(visit, id)


Claiming = Callable[[Tx], Claim]


async def _claiming(visit: Visit, id: str, kind: str) -> Claiming:
    """What claims the form's key; raises Conflict when another text was sent with it."""
    key, user, form = (await visit.field("key"))[:MAX_KEY], visit.user, await visit.form()
    upload = form.get("file") if kind == "reply" else None
    named = isinstance(upload, UploadFile) and upload.filename
    about = (upload.filename, upload.size) if isinstance(upload, UploadFile) and named else ()
    request = msgspec.json.encode((kind, await _text(visit), await visit.field("answers"), about))
    scope = ("desk", user.user_id, id, key) if key else None

    def claim_it(tx: Tx) -> Claim:
        try:
            return claim(tx, id, scope, request, actor=user.actor)
        except Conflict as error:
            raise Conflict("It was sent already, as it was before you changed it.") from error

    return claim_it


async def _text(visit: Visit) -> str:
    """A form's line breaks are CR LF; a message's are LF."""
    return (await visit.field("text")).replace("\r\n", "\n").strip()


async def _note(visit: Visit, id: str, claiming: Claiming) -> None:
    text, user_id = await _text(visit), visit.user.user_id

    def work(tx: Tx) -> None:
        claimed = claiming(tx)
        if claimed.before is None:
            fulfil(tx, claimed, note=add_note(tx, id, user_id=user_id, text=text))

    await visit.runtime.store.write(work)


async def _reply(visit: Visit, id: str, claiming: Claiming) -> None:
    text, user, runtime = await _text(visit), visit.user, visit.runtime
    answered, takes_from = await visit.field("answers"), await takes_from_whom(visit)
    kept = await _keep_file(visit, id)

    def work(tx: Tx) -> None:
        claimed = claiming(tx)
        if claimed.before is not None:
            return
        said: dict[str, Any] = {"actor": user.actor, "user_id": user.user_id}
        said |= {"takes_from": takes_from}
        reply_to = provider_id_of(tx, id, answered) if answered else None
        rest, messages = text, []
        if kept is not None:
            file, kind = kept
            # A sound takes no words: they follow it.
            caption, rest = ("", text) if kind == "audio" else (text, "")
            about: dict[str, Any] = {"type": kind, "content": {"media": _named(file)}}
            about |= {"text": caption, "reply_to": reply_to}
            messages.append(say(tx, runtime, id, **said, **about))
            reply_to = None
        if rest or kept is None:
            messages.append(say(tx, runtime, id, **said, text=rest, reply_to=reply_to))
        fulfil(tx, claimed, messages=[message["id"] for message in messages])

    await runtime.store.write(work)


async def react(visit: Visit) -> Response:
    """`POST /messages/{id}/reaction`: put an emoji on a message, or take the same one off."""
    message_id, user, runtime = visit.request.path_params["id"], visit.user, visit.runtime
    emoji, takes_from = (await visit.field("emoji")).strip(), await takes_from_whom(visit)
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
            takes_from=takes_from,
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


async def _keep_file(visit: Visit, conversation_id: str) -> tuple[Kept, str] | None:
    """The file and the type of message as which it goes.

    Raises FileRefused, Unprocessable (the channel sends no files), NotFound."""
    upload = (await visit.form()).get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    view = await visit.runtime.store.read(lambda tx: get_conversation(tx, conversation_id))
    channel = visit.runtime.channels[view.channel]
    if "document" not in channel.capabilities.sends:
        raise Unprocessable("This channel sends no files.")
    fitted = await fit(
        visit.runtime.converter,
        channel,
        await upload.read(),
        upload.filename,
        upload.content_type or "",
    )
    file = await keep_upload(
        visit.runtime,
        fitted.data,
        filename=fitted.filename,
        line_id=view.line_id,
        direction="outbound",
        declared=fitted.declared,
    )
    return file, channel.type_of_file(file.mime_type, file.size_bytes)


def _named(file: Kept) -> dict[str, Any]:
    given = msgspec.structs.asdict(file)
    del given["id"]
    return {"media_id": file.id, **{key: value for key, value in given.items() if value}}
