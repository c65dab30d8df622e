"""Tables on the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_HEADLINES = ("frechet_distance", "floor_frechet_distance", "recognised", "nll", "bits_per_dim")
_FILE_WIDTH = 160  # columns of tables that go to files and pipes


def show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    import rich.box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")  # a narrow terminal breaks lines, loses nothing
    for row in rows:
        table.add_row(*row)
    console = Console()
    Console(width=None if console.is_terminal else _FILE_WIDTH).print(table)


def show_numbers(numbers: Mapping[str, Any]) -> None:
    """Print numbers with their names; rows of numbers are for files."""
    plain = {name: value for name, value in numbers.items() if not isinstance(value, list)}
    show(("metric", "value"), [[name, readable(value)] for name, value in plain.items()])


def of_recipes(recipes: Iterable[Any]) -> tuple[tuple, list]:
    """Return columns and rows of a list of recipes: the generic ones first."""
    columns = ("name", "kind", "family", "data", "time", "expected")
    ordered = sorted(recipes, key=lambda recipe: (recipe.settings.data is not None, recipe.name))
    return columns, [[str(getattr(recipe, c)) for c in columns] for recipe in ordered]


def of_presets(presets: Iterable[Mapping[str, Any]]) -> tuple[tuple, list]:
    """Return columns and rows of a list of presets."""
    columns = ("name", "recipe", "size", "licence", "measured")
    rows = []
    for told in presets:
        found = [
            f"{n} {readable(told['measured'][n])}" for n in _HEADLINES if n in told["measured"]
        ]
        size = f"{told['bytes'] / 1e6:.1f} MB"
        rows.append([told["name"], told["recipe"], size, told["licence"], ", ".join(found)])
    return columns, rows


def readable(value: Any) -> str:
    """Return a number as people read it.

    Example:
        >>> readable(88.5569839), readable(10000)
        ('88.56', '10000')
    """
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
