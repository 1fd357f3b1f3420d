"""Other forms of a file: its thumbnail, and what a channel takes in its place."""
