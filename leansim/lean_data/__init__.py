"""LEAN's data files: where they are, how they are written, how they are read."""
