"""Mails (.eml) to sections: who wrote when about what, the text, and the names of what is attached.

Nothing is followed: no attachment is opened, no picture of the mail is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from recado.documents.encodings import decode_text
from recado.documents.reading import LeftOut, Reading, Section, shown
from recado.documents.sections import clean_text, read_text
from recado.documents.web import html_reading
from recado.errors import Unprocessable

#: Each part inside another makes the reading of every line dearer.
MOST_PARTS = 200
MOST_TEXT = 5 * 1024 * 1024
_LONGEST_HEADER = 2000
_TOLD = ("from", "to", "cc", "date")
#: Python decodes more, some of it slowly, and some of it no text.
_CHARSETS = (
    *("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-", "iso8859-", "latin", "windows-", "cp1"),
    *("utf-16", "koi8", "gb", "big5", "shift", "euc-", "iso-2022-", "mac"),
)


def mail_reading(data: bytes) -> Reading:
    """The sections of a mail below its subject. Raises Unprocessable: it is none, or a trap."""
    if data.lower().count(b"boundary=") > MOST_PARTS:
        raise Unprocessable(f"The mail has more than {MOST_PARTS} parts in each other.")
    try:
        # The plain parser: it takes no header apart, which strangers can make slow.
        mail = message_from_bytes(data)
        parts = list(_leaves(mail))
    except (MessageError, RecursionError, ValueError, LookupError) as error:
        raise Unprocessable("The mail is damaged. Save it again as .eml.") from error
    headers = _headers(mail)
    if not headers.keys() & {"from", "date", "subject"}:
        raise Unprocessable("The file is no mail. Save the mail as .eml.")
    subject = headers.get("subject", "")
    path = (subject,) if subject else ()
    about = [f"{name.title()}: {headers[name]}" for name in _TOLD if headers.get(name)]
    names = [name for part in parts if (name := _attached(part))]
    about += [f"Attached: {', '.join(names)}"] if names else []
    body = _body(parts)
    sections = [Section(path, "\n".join(about) or subject)]
    sections += [Section((*path, *it.path), it.text) for it in body.sections]
    left_out = [LeftOut("Left out, as attached files", shown(names))] if names else []
    counts = {**body.counts, "attachment": len(names)}
    return Reading(
        tuple(sections), {k: n for k, n in counts.items() if n}, (*body.left_out, *left_out)
    )


def _leaves(mail: Message) -> Iterator[Message]:
    """The parts that hold something themselves; a mail in the mail is one of them."""
    stack = [mail]
    count = 0
    while stack:
        part = stack.pop()
        count += 1
        if count > 10 * MOST_PARTS:
            raise ValueError("parts")
        # A leaf's payload is not asked for: it would be decoded by whatever the mail names.
        inside = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            stack += [it for it in reversed(inside) if isinstance(it, Message)]
        else:
            yield part


def _headers(mail: Message) -> dict[str, str]:
    """The first of each name, as people read it."""
    found: dict[str, str] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), _worded(str(value)))
    return found


def _worded(value: str) -> str:
    """The words of a header: `=?utf-8?q?Presupuesto_n=C2=BA_7?=`, or bytes as they came."""
    value = value[:_LONGEST_HEADER]
    try:
        parts = decode_header(value)
    except (MessageError, ValueError):
        parts = [(value, None)]
    words = [it if isinstance(it, str) else _decoded(it, charset or "") for it, charset in parts]
    text = "".join(words).encode("utf-8", "surrogateescape")
    return " ".join(clean_text(decode_text(text.replace(b"\0", b""))).split())


def _decoded(data: bytes, charset: str) -> str:
    if charset.lower().startswith(_CHARSETS):
        try:
            return data.decode(charset)
        except (UnicodeError, LookupError):
            pass
    return decode_text(data.replace(b"\0", b""))


def _attached(part: Message) -> str:
    """The name of a part that is no text of the mail's; "" for one that is."""
    disposition = str(part.get("content-disposition", "")).lower()
    if part.get_content_type() == "message/rfc822":
        first = part.get_payload(0) if part.is_multipart() else None
        subject = _headers(first).get("subject", "") if isinstance(first, Message) else ""
        return subject or "mail.eml"
    name = part.get_filename()
    if disposition.startswith("attachment") or name:
        bare = _worded(name or part.get_content_type())
        return bare.replace("\\", "/").rpartition("/")[2]
    return ""


def _body(parts: list[Message]) -> Reading:
    """The mail's text: as it was written plainly, else its page."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    left = MOST_TEXT
    for part in parts:
        found = texts.get(part.get_content_type())
        if found is None or _attached(part) or left <= 0:
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            text = _decoded(data[:left], str(part.get_content_charset() or ""))
            left -= len(data)
            found.append(text)
    plain = "\n\n".join(texts["text/plain"])
    if plain.strip() or not texts["text/html"]:
        return read_text(plain, plain=True)
    return html_reading("\n".join(texts["text/html"]))
