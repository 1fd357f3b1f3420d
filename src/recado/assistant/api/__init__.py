"""The API's routes of knowledge and characters."""
