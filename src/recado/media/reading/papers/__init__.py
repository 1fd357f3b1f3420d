"""Documents that people send: their text by page, their tables, their scans."""
