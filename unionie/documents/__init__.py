"""Readers of file formats, one module each; every one has ``read(path) -> Document``."""
