"""Whether files can be kept: a probe is written, read and deleted."""

from __future__ import annotations

from recado.errors import NotFound, StorageFailed
from recado.media.storage.port import key_of
from recado.observability.findings import Finding, fine, wrong
from recado.runtime import Runtime
from recado.store import new_id

_PROBE = b"Recado looked whether files can be kept here."
_MEANWHILE = "files that come are not kept, and those that are there are not shown"
_STEPS = {"write": "written", "read": "read", "delete": "deleted"}


async def check_storage(runtime: Runtime) -> list[Finding]:
    """A folder, which is here. What is elsewhere is asked by `check_storage_answers`."""
    if runtime.blobs.kind != "folder":
        return fine(f"{runtime.blobs.kind}, by RECADO_BLOB_URL")
    return await _probe(runtime)


async def check_storage_answers(runtime: Runtime) -> list[Finding]:
    """A bucket or a container."""
    if runtime.blobs.kind == "folder":
        return fine("files are in a folder")
    return await _probe(runtime)


async def _probe(runtime: Runtime) -> list[Finding]:
    blobs, key = runtime.blobs, key_of(new_id())
    step = "write"
    try:
        await blobs.put(key, _PROBE)
        step = "read"
        read = await blobs.get(key)
        step = "delete"
        await blobs.delete(key)
    except StorageFailed as error:
        return wrong(
            f"{blobs.kind}: a probe could not be {_STEPS[step]}, so {_MEANWHILE}", error.detail
        )
    except NotFound:
        return wrong(
            f"{blobs.kind}: a probe was written and is not there",
            "Let RECADO_BLOB_URL name a storage in which what is written can be read at once.",
        )
    if read != _PROBE:
        return wrong(f"{blobs.kind}: a probe came back changed", "Do not keep files there.")
    return fine(f"{blobs.kind}: a probe was written, read and deleted")
