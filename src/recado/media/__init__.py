"""Media: the files that come with messages."""
