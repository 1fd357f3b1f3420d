"""PDFs: words with their places, made lines, tables and sections."""
