"""Escalation: when a conversation goes from the assistant to a person, and how."""
