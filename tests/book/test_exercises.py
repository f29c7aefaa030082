"""The exercises in which a factor is wrong: their folded solutions say what the checker says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

FOLDER = "ArtificialIntelligence/NeuralNetwork/ModulesOfNN"
CHAPTERS = ("ResidualUnit", "SkipConnection", "IdentityMapping", "ResNetStructure", "ResNetArchitecture", "ResNetUnits")


def wrong_factors(page: Path):
    """The exercises of a chapter whose own formula, outside of the solution, is marked as known to be wrong."""
    chapter = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for solution in chapter.select("li > details.admonition"):
        mark = solution.find_previous_sibling("details", class_="eqtest")
        if mark is not None and "已知有误" in mark.summary.text:
            yield mark, solution


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_solution_quotes_the_checker(book, chapter):
    ((mark, solution),) = wrong_factors(book.out / FOLDER / f"{chapter}.html")
    quotation = solution.blockquote.text.strip()
    assert "换成" in quotation
    assert quotation in mark.text
