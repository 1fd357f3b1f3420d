"""HTTP: the edge that every feature shares: problems, pages, keys, headers, points in time."""
