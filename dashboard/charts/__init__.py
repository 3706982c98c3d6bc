"""Geometry of charts: numbers in, coordinates and words out. Templates draw them; nothing here knows Django."""
