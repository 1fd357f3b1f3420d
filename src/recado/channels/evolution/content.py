"""What a message says, in the shapes of channels/whatsapp/content.py.

WhatsApp's own message is one protobuf with a field for each type; wrappers (disappearing, view
once) hold another message. Kept beside those shapes: `view_once`, `group_id` and `participant` in
groups, `poll` (name, options), `vendor_type` for what has no type of ours.

Source: github.com/WhiskeySockets/Baileys, WAProto/WAProto.proto
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recado.channels.evolution import taps, things, vcards
from recado.channels.evolution.lenient import (
    Json,
    filled,
    first_text,
    in_base64,
    number,
    obj,
    text,
)
from recado.channels.evolution.things import Reading
from recado.channels.messages import NAMED

_WRAPPERS = (
    "ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension",
    "documentWithCaptionMessage", "deviceSentMessage", "groupMentionedMessage",
    "botInvokeMessage", "lottieStickerMessage", "statusMentionMessage",
)  # fmt: skip
_DEEPEST, _MOST = 6, 50
#: Under these names words stand in what is not known here; those that somebody says come first.
_DEEP = (
    *("text", "caption", "messageText", "contentText", "hydratedContentText"),
    *("optionName", "title", "name", "description", "response", "status"),
)
#: What WhatsApp's programs tell each other: nothing that a person would read.
SILENT = frozenset(
    {
        "senderKeyDistributionMessage", "messageContextInfo", "pinInChatMessage",
        "keepInChatMessage", "encReactionMessage", "encCommentMessage", "albumMessage",
        "messageHistoryNotice", "messageHistoryBundle", "placeholderMessage",
        "secretEncryptedMessage", "fastRatchetKeySenderKeyDistributionMessage",
        "stickerSyncRmrMessage", "pollUpdateMessage",
    }
)  # fmt: skip
#: What only programs send: buttons, lists and templates.
BY_PROGRAMS = frozenset(
    {"interactiveMessage", "listMessage", "buttonsMessage", "templateMessage", "carouselMessage"}
)
_BESIDE = frozenset({"base64", "mediaUrl", "contextInfo", "speechToText", "chatwootMessageId"})
_REVOKE, _EDIT = (0, "REVOKE", None), (14, "MESSAGE_EDIT")


def read(message: Json, beside: Json | None = None) -> Reading:
    """The type in Recado's words, the text and the content. Never raises.

    `beside` is the `contextInfo` that Evolution writes next to the message.
    """
    inner, view_once = _unwrapped(message)
    reading = _read(inner)
    if not reading.type:
        return reading
    if view_once:
        reading.content["view_once"] = True
    context = _context(inner) or beside or {}
    _add_context(reading, context)
    reading.target = reading.target or text(context.get("stanzaId"), 256).strip()
    return reading


def _context(message: Json) -> Json:
    """What was quoted, forwarded or clicked: in the type's own object, or next to it."""
    found = [obj(obj(value).get("contextInfo")) for value in message.values()]
    found.append(obj(message.get("contextInfo")))
    return next((context for context in found if context), {})


def _unwrapped(message: Json) -> tuple[Json, bool]:
    view_once = False
    for _ in range(_DEEPEST):
        wrapper = _wrapper(message)
        if wrapper is None:
            break
        view_once = view_once or wrapper.startswith("viewOnce")
        message = obj(obj(message[wrapper])["message"])
    return message, view_once


def _wrapper(message: Json) -> str | None:
    """The field that holds the message itself. WhatsApp adds such fields, all of one shape, so one
    that is not known here counts too where nothing else speaks."""
    held = [name for name, value in message.items() if obj(obj(value).get("message"))]
    known = next((name for name in _WRAPPERS if name in held), None)
    if known or any(message.get(name) for name in READERS):
        return known
    return next((name for name in held if name not in SILENT), None)


def _read(message: Json) -> Reading:
    for name, reader in READERS.items():
        if message.get(name):
            return reader(message[name])
    for name, of_poll in (
        ("pollCreationMessage", things.poll),
        ("pollResultSnapshotMessage", things.poll_result),
    ):  # another version of the same
        version = next((it for it in message if it.startswith(name)), "")
        if obj(message.get(version)).get("name"):
            return of_poll(message[version])
    vote = taps.vote(obj(message.get("pollUpdateMessage")))
    if vote is not None:
        return Reading("interactive", vote[0], vote[1])
    names = [name for name, value in message.items() if value and name not in _BESIDE]
    speaking = [
        name for name in names if name not in SILENT or text(obj(message[name]).get("caption"))
    ]
    spoken = [name for name in speaking if name not in _WRAPPERS]
    if not spoken:
        # In an empty wrapper something is still to come.
        return Reading("unknown" if speaking or (message and not names) else "")
    words, named = _words(obj(message[spoken[0]]))
    content: Json = {"vendor_type": spoken[0][:100]}
    return Reading("unknown", words, content | ({NAMED: True} if named else {}))


def _words(details: Json) -> tuple[str, bool]:
    """What a person would read of a type that is not known here, and whether it is but a name."""
    said = first_text(
        obj(details.get("body")).get("text"),
        obj(details.get("hydratedTemplate")).get("hydratedContentText"),
        obj(details.get("hydratedFourRowTemplate")).get("hydratedContentText"),
        obj(obj(details.get("noteMessage")).get("extendedTextMessage")).get("text"),
        *(details.get(name) for name in ("text", "caption", "contentText", "note")),
    )
    if said:
        return said, False
    names = (details.get(name) for name in ("description", "name", "title"))
    named = first_text(obj(details.get("product")).get("title"), *names)
    if named:
        return named, True
    level: list[Any] = [details]
    for _ in range(_DEEPEST):
        found = [it for it in level[:_MOST] if isinstance(it, dict)]
        deep = first_text(*(it.get(name) for it in found for name in _DEEP))
        if deep:
            return deep, first_text(*(it.get(name) for it in found for name in _DEEP[:5])) == ""
        level = [value for it in found for value in it.values()]
        level += [one for it in level if isinstance(it, list) for one in it[:_MOST]]
    return "", False


def _add_context(reading: Reading, context: Json) -> None:
    forwarded = context.get("isForwarded") is True or bool(number(context.get("forwardingScore")))
    often = (number(context.get("forwardingScore")) or 0) >= 5
    around = filled(forwarded=forwarded, frequently_forwarded=often)
    if around:
        reading.content["context"] = around
    ad = obj(context.get("externalAdReply"))
    # A link's preview is such an object too; an advertisement says where it was clicked.
    if ad.get("ctwaClid") or text(ad.get("sourceType")).lower() in ("ad", "post"):
        reading.content["referral"] = filled(
            source_url=text(ad.get("sourceUrl")),
            source_type=text(ad.get("sourceType")),
            source_id=text(ad.get("sourceId")),
            headline=text(ad.get("title")),
            body=text(ad.get("body")),
            thumbnail_url=first_text(ad.get("thumbnailUrl"), ad.get("originalImageUrl")),
            ctwa_clid=text(ad.get("ctwaClid")),
        )


def _text(value: Any) -> Reading:
    return Reading("text", text(value) or text(obj(value).get("text")))


def _media(kind: str) -> Callable[[Any], Reading]:
    def read_media(value: Any) -> Reading:
        given = obj(value)
        caption = text(given.get("caption"))
        media = filled(
            mime_type=first_text(given.get("mimetype"), given.get("mime_type")),
            sha256=first_text(in_base64(given.get("fileSha256")), given.get("sha256")),
            caption=caption,
            filename=first_text(given.get("fileName"), given.get("filename"), given.get("title")),
            voice=given.get("ptt") is True,
            animated=given.get("isAnimated") is True or given.get("gifPlayback") is True,
            size_bytes=number(given.get("fileLength")),
        )
        return Reading(kind, caption, {"media": media})

    return read_media


def _location(value: Any) -> Reading:
    given = obj(value)
    latitude, longitude = given.get("degreesLatitude"), given.get("degreesLongitude")
    details = filled(
        name=text(given.get("name")), address=text(given.get("address")), url=text(given.get("url"))
    )
    if _is_number(latitude) and _is_number(longitude):
        details = {"latitude": latitude, "longitude": longitude, **details}
        return Reading("location", text(given.get("caption")), {"location": details})
    words = first_text(given.get("caption"), *details.values())
    return Reading("unknown", words, {"vendor_type": "locationMessage"})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contact(value: Any) -> Reading:
    return Reading("contacts", "", {"contacts": [vcards.card(obj(value))]})


def _contacts(value: Any) -> Reading:
    listed = obj(value).get("contacts")
    cards = [vcards.card(obj(one)) for one in listed] if isinstance(listed, list) else []
    return Reading("contacts", "", {"contacts": cards})


def _reaction(value: Any) -> Reading:
    given = obj(value)
    emoji, target = text(given.get("text")), text(obj(given.get("key")).get("id"), 256)
    if not target:
        return Reading("unknown", emoji, {"vendor_type": "reactionMessage"})
    content = {"reaction": {"message_id": target, "emoji": emoji}}
    return Reading("reaction", emoji, content, target)


def protocol(value: Any) -> Reading:
    """An edit or a deletion; the rest of `protocolMessage` is between programs."""
    given = obj(value)
    kind, target = given.get("type"), text(obj(given.get("key")).get("id"), 256)
    edited = obj(given.get("editedMessage"))
    if target and edited and kind in (*_EDIT, None):
        return edit(edited, target)
    if target and kind in _REVOKE:
        return Reading("revoke", "", {"revoked": {"message_id": target}}, target)
    return Reading("")


def edit(edited: Json, target: str) -> Reading:
    """The reading of what a message says now; the new message may be wrapped once more."""
    for _ in range(_DEEPEST):
        deeper = obj(obj(edited.get("editedMessage")).get("message"))
        deeper = deeper or obj(obj(edited.get("protocolMessage")).get("editedMessage"))
        if not deeper:
            break
        edited = deeper
    new = _read(_unwrapped(edited)[0])
    if not new.type:
        return Reading("")
    about = {"message_id": target, "type": new.type}
    return Reading("edit", new.text, {"edited": about, **new.content}, target)


def _edited(value: Any) -> Reading:
    return protocol(obj(obj(value).get("message")).get("protocolMessage"))


def _tap(reader: Callable[[Json], tuple[str, str, Json]]) -> Callable[[Any], Reading]:
    def read_tap(value: Any) -> Reading:
        kind, title, found = reader(obj(value))
        return Reading(kind, text=title, content=found)

    return read_tap


#: By the message's field, what says most first.
READERS: dict[str, Callable[[Any], Reading]] = {
    "editedMessage": _edited,
    "protocolMessage": protocol,
    "reactionMessage": _reaction,
    "imageMessage": _media("image"),
    "videoMessage": _media("video"),
    "ptvMessage": _media("video"),
    "audioMessage": _media("audio"),
    "documentMessage": _media("document"),
    "stickerMessage": _media("sticker"),
    "locationMessage": _location,
    "liveLocationMessage": _location,
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    "buttonsResponseMessage": _tap(taps.button),
    "listResponseMessage": _tap(taps.row),
    "templateButtonReplyMessage": _tap(taps.template_button),
    "interactiveResponseMessage": _tap(taps.native_flow),
    "orderMessage": things.order,
    "pollCreationMessage": things.poll,
    "pollCreationMessageV2": things.poll,
    "pollCreationMessageV3": things.poll,
    "pollCreationMessageV5": things.poll,
    "pollResultSnapshotMessage": things.poll_result,
    "requestPaymentMessage": things.money("requestPaymentMessage"),
    "sendPaymentMessage": things.money("sendPaymentMessage"),
    "eventMessage": things.event,
    "groupInviteMessage": things.named("groupInviteMessage", "groupName", "caption"),
    "eventInviteMessage": things.named("eventInviteMessage", "eventTitle", "caption"),
    "newsletterFollowerInviteMessageV2": things.named(
        "newsletterFollowerInviteMessageV2", "newsletterName", "caption"
    ),
    "newsletterAdminInviteMessage": things.named(
        "newsletterAdminInviteMessage", "newsletterName", "caption"
    ),
    "callLogMesssage": things.call,  # WhatsApp's own spelling
    "conversation": _text,
    "extendedTextMessage": _text,
}
