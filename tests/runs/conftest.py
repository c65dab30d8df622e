import pytest
import toy_recipes


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    """Recipes that train in seconds."""
    toy_recipes.use(monkeypatch)
