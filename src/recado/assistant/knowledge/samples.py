"""The sample that a new installation knows, until its operator teaches it something."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from sqlalchemy import insert, select

from recado.assistant.knowledge.passages import passages_of
from recado.assistant.knowledge.sources import LOCK, NewSource, list_sources, put_source
from recado.documents.extract import extract
from recado.security.model import StoredSetting
from recado.store import Tx, now

_SAMPLE_LOADED = "knowledge.sample_loaded"
_SAMPLES = ("cafe-aurora.es.md", "cafe-aurora.pt.md", "cafe-aurora.en.md")


def read_samples() -> list[NewSource]:
    new = []
    for name in _SAMPLES:
        data = (files("recado.assistant.samples") / name).read_bytes()
        reading = extract(name, data)
        passages = passages_of(reading.sections)
        digest = hashlib.sha256(data).hexdigest()
        source = NewSource.of(name, "markdown", digest, len(data), passages, reading, sample=True)
        new.append(source)
    return new


def knows_or_had_sample(tx: Tx) -> bool:
    return bool(list_sources(tx)) or (
        tx.first(select(StoredSetting.name).where(StoredSetting.name == _SAMPLE_LOADED)) is not None
    )


def put_samples(tx: Tx, new: list[NewSource]) -> bool:
    tx.lock(LOCK)
    if knows_or_had_sample(tx):  # another process was faster
        return False
    for source in new:
        put_source(tx, source)
    values = {
        "name": _SAMPLE_LOADED,
        "value": True,
        "note": "The sample knowledge is taught once; remove this to have it again.",
        "updated_at": now(),
    }
    tx.execute(insert(StoredSetting).values(values))
    return True
