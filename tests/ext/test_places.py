"""The true lines of formulas and code, whatever stands between a directive and its text."""

import pytest

from sphinx_eqtest.places import locate

LATEX_BEFORE_LABEL = [".. math::", "   a &= b \\\\", "   c &= d", "   :label: equ-a"]
BLANK_AND_OPTION = [".. math::", "   :label: a", "", "   a &= b \\\\", "", "   c &= d"]


@pytest.mark.parametrize(
    ("text", "source", "start", "lines"),
    [
        ("a &= b \\\\\nc &= d", LATEX_BEFORE_LABEL, 1, (2, 3)),
        ("a &= b \\\\\n\nc &= d", BLANK_AND_OPTION, 1, (4, 5, 6)),
        ("a = b", ["x", ".. math:: a = b", "   :label: a = b"], 2, (2,)),
        ("a = b\n\nc = d", [".. math:: a = b", "   :label: a", "", "   c = d"], 1, (1, 3, 4)),
        ("a = b", ["a = b", "$$", "a = b", "$$ (equ)"], 2, (3,)),
        (":eqtest:`a = b`", ["one :math:`c`,", "two :eqtest:`a = b`."], 1, (2,)),
        ("not there\nneither", ["x", "y", "z"], 2, (2, 3)),
    ],
)
def test_every_line_is_found_by_what_it_says(text, source, start, lines):
    assert locate(text, source, start) == lines
