"""The job that Celery and dramatiq do: store the message, answer it, send the reply, store that.

The model is a lookup, which costs less than ours; the store is one row a message and one a reply.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import Any

import requests

ANSWERS = {
    "hora": "Abrimos de lunes a sábado de 8:00 a 20:00 y los domingos de 9:00 a 14:00.",
    "": "No lo sé; ¿quiere hablar con una persona?",
}
_local = threading.local()


def database() -> sqlite3.Connection:
    connection: sqlite3.Connection | None = getattr(_local, "connection", None)
    if connection is None:
        connection = sqlite3.connect(os.environ["RIVAL_DATABASE"], timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS message"
            " (id TEXT PRIMARY KEY, person TEXT, direction TEXT, text TEXT)"
        )
        connection.commit()
        _local.connection = connection
    return connection


def session() -> requests.Session:
    kept: requests.Session | None = getattr(_local, "session", None)
    if kept is None:
        kept = _local.session = requests.Session()
    return kept


def answer(message: dict[str, Any]) -> None:
    """One message, from its row to the stub's receipt of the reply."""
    connection = database()
    text = message["text"]["body"]
    row = (message["id"], message["from"], "inbound", text)
    added = connection.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?)", row).rowcount
    connection.commit()
    if not added:
        return
    reply = next(words for asked, words in ANSWERS.items() if asked in text)
    response = session().post(
        f"{os.environ['RIVAL_GRAPH']}/v23.0/106540352242922/messages",
        json={
            "messaging_product": "whatsapp",
            "to": message["from"],
            "type": "text",
            "text": {"body": reply},
        },
        headers={"Authorization": "Bearer token"},
        timeout=30,
    )
    sent = response.json()["messages"][0]["id"]
    connection.execute(
        "INSERT INTO message VALUES (?, ?, 'outbound', ?)", (sent, message["from"], reply)
    )
    connection.commit()
