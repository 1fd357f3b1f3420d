"""Office and OpenDocument files: texts, workbooks, slides."""
