"""Annotations to and from the tools people annotate with; see :mod:`unionie.exchange.formats`."""
