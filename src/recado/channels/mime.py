"""The type of a file by itself, without what stands behind it (media/inside.py)."""

from __future__ import annotations


def bare(mime_type: str) -> str:
    """`video/mp4` of `video/mp4; codecs=hvc1`."""
    return mime_type.partition(";")[0].strip()
