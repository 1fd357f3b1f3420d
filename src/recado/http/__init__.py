"""What the routers of the admin API share: keys, problems, pages, points in time."""
