"""Structured talk: what a character does step by step (AI-3). An intent is found by examples, its
slots are asked for and filled across turns, confirmed, corrected, and ended.

    contact ─▶ Dialogue.step(what was said, the intents, the talk so far) ─▶ Step
                 embedded.py; another engine stands behind the same port

The talk so far is a row (talks.py) that is written with the reply, in the turn's transaction.
"""

from recado.assistant.intents.definition import Ending, Intent, check_intents

__all__ = ["Ending", "Intent", "check_intents"]
