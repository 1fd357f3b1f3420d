"""The columns of a file."""

from __future__ import annotations

from typing import Any

from recado.store import new_id, now


def media_row(line_id: str, *, direction: str, message_id: str | None = None) -> dict[str, Any]:
    """The columns of a file that is not here yet."""
    return {
        "id": new_id(),
        "message_id": message_id,
        "line_id": line_id,
        "provider_media_id": None,
        "mime_type": "",
        "filename": "",
        "sha256": "",
        "size_bytes": 0,
        "state": "pending",
        "blob_key": "",
        "text": "",
        "description": "",
        "analysis": None,
        "error": None,
        "created_at": now(),
        "processed_at": None,
        "direction": direction,
        "uploads": None,
        "reading": "",
    }
