"""``python -m unionie`` is the command ``unionie``."""

from unionie.cli import app

app()
