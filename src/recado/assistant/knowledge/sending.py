"""The files of knowledge that customers may be sent, as the business has marked them."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TypeAlias

from sqlalchemy import select

from recado.assistant.model import KnowledgeSource
from recado.assistant.port import SendableFile
from recado.media.model import Media
from recado.store import Tx

SendableFiles: TypeAlias = tuple[SendableFile, ...]
#: "menu (3f2a1b).pdf" was learnt from a conversation (desk/learning.py).
_MARK = re.compile(r" ?\([0-9a-f]{6}\)$")
_SIGNS = re.compile(r"[_\s-]+")


def read_sendable(tx: Tx) -> SendableFiles:
    """All of them, by name."""
    rows = tx.all(
        select(
            *(KnowledgeSource.id, KnowledgeSource.name, KnowledgeSource.title),
            *(KnowledgeSource.language, KnowledgeSource.file_id),
            *(Media.mime_type, Media.filename, Media.size_bytes, Media.sha256),
        )
        .join(Media, Media.id == KnowledgeSource.file_id)
        .where(KnowledgeSource.sendable.is_(True), Media.state == "stored")
        .order_by(KnowledgeSource.name)
    )
    return tuple(
        SendableFile(
            source_id=row.id,
            source_name=row.name,
            title=row.title or title_of(row.name),
            language=row.language,
            media_id=row.file_id,
            mime_type=row.mime_type,
            filename=row.filename,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
        )
        for row in rows
    )


def title_of(name: str) -> str:
    """What a file is called where nobody has said: its name without its end and its signs."""
    path = PurePath(name.rpartition("/")[2])
    words = _SIGNS.sub(" ", _MARK.sub("", path.stem)).strip()
    return words or name
