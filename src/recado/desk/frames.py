"""How server-sent events are written."""

from __future__ import annotations

import json
from typing import Any


def frame(event: str, data: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"
