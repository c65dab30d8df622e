"""What the files of the table leave behind."""

import pytest
from conformance import fitting


@pytest.fixture(scope="module", autouse=True)
def _models_of_this_file_only():
    """Let go of the fitted models, of which there are many, once a file's tests are done."""
    yield
    fitting.fitted.cache_clear()
