"""Contacts, conversations and messages: who speaks with whom, and who owns the word."""
