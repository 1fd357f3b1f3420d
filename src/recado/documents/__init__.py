"""The text of files as people have them: one reader a format, sections out."""
