"""The API's routes of lines."""
