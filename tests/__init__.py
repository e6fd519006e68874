"""All tests. What a helper of theirs asserts is explained when it fails, as in a test itself."""

import pytest

pytest.register_assert_rewrite("tests.grounds", "tests.faults")
