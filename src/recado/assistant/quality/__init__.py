"""Whether an answer of a model may be sent (AI-4): each check a room of its own, all of them listed
in checks.py; docs/guide/models.md says what they look at.
"""
