"""How often each lasting task (resilience/lasting.py) has failed in this process, by its name."""

from __future__ import annotations

from collections import Counter

failures: Counter[str] = Counter()
