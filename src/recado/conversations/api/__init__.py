"""The API's routes of conversations, their messages and contacts."""
