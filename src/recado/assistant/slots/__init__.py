"""Slots: values that are asked for and found in what a contact writes (reading.py). A tool's
parameters are read as slots, an intent is made of them."""

from recado.assistant.slots.definition import KINDS, Choice, Kind, Slot, check_slots

__all__ = ["KINDS", "Choice", "Kind", "Slot", "check_slots"]
