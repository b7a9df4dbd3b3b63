from __future__ import annotations

import pytest

from unionie.errors import MissingExtraError, needs_extra


def test_a_library_that_is_not_there_names_the_command():
    with (
        pytest.raises(MissingExtraError, match=r'^reading x needs .*: pip install "unionie\[x\]"$'),
        needs_extra("x", "reading x"),
    ):
        import no_such_library  # noqa: F401


def test_a_module_of_unionie_that_is_not_there_is_no_missing_extra():
    with pytest.raises(ModuleNotFoundError), needs_extra("x", "reading x"):
        import unionie.no_such_module  # noqa: F401
