"""The figures that code leaves open, whether it made them with pyplot or by hand.

matplotlib is imported only when it has been already, or when plots are asked for.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eqtest.network.drawing import Drawing

_PYPLOT = "matplotlib.pyplot"


@contextmanager
def figures_closed() -> Iterator[None]:
    """At the end, pyplot forgets the figures that were opened inside."""
    before = set(_numbers())
    try:
        yield
    finally:
        for number in _numbers():
            if number not in before:
                sys.modules[_PYPLOT].close(number)


def open_figures(namespace: Mapping[str, Any], before: Sequence[object] = ()) -> list[Figure]:
    """Pyplot's figures in the order of their numbers, then those made by hand that the namespace binds to a name.

    Left out are the figures among ``before``, and pyplot's that have been closed.
    """
    if "matplotlib.figure" not in sys.modules:
        return []
    from matplotlib.figure import Figure

    pyplots = [sys.modules[_PYPLOT].figure(number) for number in _numbers()]
    bound = [each for each in namespace.values() if isinstance(each, Figure)]
    by_hand = [each for each in bound if getattr(each, "number", None) is None]  # pyplot's keep theirs when closed
    unique = {id(figure): figure for figure in (*pyplots, *by_hand)}
    for figure in before:
        unique.pop(id(figure), None)
    return list(unique.values())


def draw_plots(figures: Sequence[Figure]) -> tuple[Drawing, ...]:
    """Raises what matplotlib raises for a figure that it cannot draw."""
    from eqtest.network.picture import to_drawing

    return tuple(to_drawing(figure, _description(figure)) for figure in figures)


def _numbers() -> list[int]:
    pyplot = sys.modules.get(_PYPLOT)
    return list(pyplot.get_fignums()) if pyplot else []


def _description(figure: Figure) -> str:
    """Titles, labels of axes and the legend, as far as there are any."""
    title = figure.get_suptitle()
    return "\n".join(filter(None, [title, *map(_axes_description, figure.axes)]))


def _axes_description(axes: Axes) -> str:
    names = [axes.get_ylabel(), axes.get_xlabel()]
    parts = [axes.get_title(), " / ".join(filter(None, names)), ", ".join(axes.get_legend_handles_labels()[1])]
    return ": ".join(filter(None, parts))
