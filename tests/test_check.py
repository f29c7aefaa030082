"""``check``: options, verdicts, and what it does with mistakes."""

from __future__ import annotations

import json
import pickle

import pytest
import torch

import eqtest
from engine import CLASSICAL, RESIDUAL, one_row, status
from eqtest import check

CHAIN = r"\frac{\partial L}{\partial w_2} = \frac{\partial L}{\partial h_3} \times \frac{\partial h_3}{\partial w_2}"
WRONG = CHAIN.replace("{\\partial h_3}{\\partial w_2}", "{\\partial h_3}{\\partial w_1}")


def test_the_package_says_what_it_offers() -> None:
    assert eqtest.check is check
    assert eqtest.Report.__name__ == "Report"
    with pytest.raises(AttributeError):
        _ = eqtest.verify


def test_a_report_is_readable_and_plain() -> None:
    report = check(CHAIN + r" \\ " + WRONG, snippet=CLASSICAL, seed=3)
    assert [row.status for row in report.rows] == ["holds", "fails"]
    assert report.status == "fails"
    text = str(report)
    assert text.startswith("fails\n")
    for words in (
        "row 1 (line 1): holds, 1 assignment x 3 trials",
        "row 2 (line 1): fails",
        "repair:",
        "wrong variants",
    ):
        assert words in text
    data = json.loads(report.to_json())
    assert data["status"] == "fails"
    assert data["ok"] is False
    assert data["rows"][1]["counterexample"]["seed"] == 3
    assert data["power"]["mutants"] == report.power.mutants > 0
    assert pickle.loads(pickle.dumps(report)) == report
    assert dict(report.versions).keys() == {"python", "torch"}


@pytest.mark.parametrize(
    ("latex", "expect", "ok"),
    [(CHAIN, "holds", True), (CHAIN, "fails", False), (WRONG, "holds", False), (WRONG, "fails", True),
     ("L = L", "fails", False), ("L = q", "fails", False), ("L = (", "fails", False)],
)  # fmt: skip
def test_expect(latex: str, expect: str, ok: bool) -> None:
    assert check(latex, snippet=CLASSICAL, expect=expect).ok is ok  # type: ignore[arg-type]


def test_a_counterexample_names_the_assignment() -> None:
    row = one_row("n n = n + n", "import torch\nx = torch.randn(3)", where="n in 1..3")
    assert row.status == "fails"
    assert row.counterexample is not None
    assert row.counterexample.assignment == (("n", 1),)
    assert (row.counterexample.left, row.counterexample.right) == ("1", "2")
    assert row.counterexample.error == 0.5


def test_the_link_that_broke() -> None:
    row = one_row("a = b = c", "a, b, c = 2.0, 2.0, 3.0")
    assert row.status == "fails"
    assert row.counterexample is not None
    assert row.counterexample.link == 2
    assert "side 3 differs from side 1" in row.message


@pytest.mark.parametrize(
    ("relation", "values", "expected"),
    [
        ("=", (1.0, 1.0 + 1e-12), "holds"), ("=", (1.0, 1.0 + 1e-6), "fails"), (r"\equiv", (1.0, 1.0), "holds"),
        (":=", (1.0, 2.0), "fails"), (r"\triangleq", (1.0, 1.0), "holds"), (r"\approx", (1.0, 1.009), "holds"),
        (r"\approx", (1.0, 1.02), "fails"), (r"\ne", (1.0, 2.0), "holds"), (r"\ne", (1.0, 1.0), "fails"),
        (r"\le", (1.0, 1.0), "holds"), ("<", (1.0, 1.0), "fails"), ("<", (1.0, 2.0), "holds"),
        (r"\ge", (2.0, 1.0), "holds"), (r"\geq", (1.0, 2.0), "fails"), (">", (2.0, 1.0), "holds"),
    ],
)  # fmt: skip
def test_relations(relation: str, values: tuple[float, float], expected: str) -> None:
    namespace = dict(zip("ab", values, strict=True))
    assert check(f"a {relation} b", namespace=namespace).status == expected


def test_tolerances_are_relative() -> None:
    namespace = {"a": 1e-20, "b": 1.1e-20, "c": 1e20, "e": 1.0000001e20}
    assert check("a = b", namespace=namespace).status == "fails"
    assert check("a = b", namespace=namespace, rtol=0.2).status == "holds"
    assert check("c = e", namespace=namespace).status == "fails"
    assert check("c = e", namespace=namespace, rtol=1e-6).status == "holds"
    assert check(r"a \approx b", namespace=namespace, approx=0.2).status == "holds"


def test_where_runs_the_snippet_at_every_assignment() -> None:
    snippet = "import torch\nw = torch.randn(N)\ns = w.sum()"
    report = check(r"\sum_{i=0}^{N-1} w_i = s", snippet=snippet, where="N in 1..4")
    assert report.status == "holds"
    assert (report.assignments, report.possible, report.trials) == (4, 4, 3)
    sampled = check(r"\sum_{i=0}^{N-1} w_i = s", snippet=snippet, where="N in 1..40", max_cases=5, trials=1)
    assert (sampled.assignments, sampled.possible) == (5, 40)
    assert "5 of 40 assignments" in str(sampled)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("N in 4..3", "a range is empty"), ("N in 1..M", "M is not bound"), ("N 4", "expected `name in low..high`"),
        ("N in 3", "expected a range"), ("N in 1..2.5", "not integer arithmetic"), ("N = 2, N = 3", "bound twice"),
        ("N = 2,,", "between the commas"), ("N = (", "not an integer expression"), ("N = 10**9", "not integer"),
        ("N = 2*1000000", "beyond"), ("N = 1//0", "division by zero"), ("N = print(1)", "not integer arithmetic"),
        ("N in 1..", "'N in 1..': a value is missing"), ("N =", "'N =': a value is missing"),
    ],
)  # fmt: skip
def test_mistakes_in_where(where: str, words: str) -> None:
    report = check("a = a", namespace={"a": 1.0}, where=where)
    assert report.status == "error"
    assert report.subtype == "where"
    assert words in report.message


def test_a_snippet_that_sets_an_integer_of_where_itself_is_told_so() -> None:
    snippet = "import torch\nx = torch.ones(2)\nN = 3\ny = N * x"
    report = check("y = N x", snippet=snippet, where="N in 2..3")
    assert not report.ok
    assert "the snippet sets N = 3 itself where the check chooses N = 2: let it use the latter" in report.notes
    assert check("y = N x", snippet=snippet, where="N = 3").notes == check("y = 3 x", snippet=snippet).notes


def test_rows_left_out_are_listed() -> None:
    namespace = {"a": 1.0, "b": 1.0, "c": 2.0}
    report = check(r"a = b \\ a = c \\ a = unknown", namespace=namespace, rows="1")
    assert [row.checked for row in report.rows] == [True, False, False]
    assert report.status == "holds"
    assert "row 2: not checked" in str(report)
    for rows, words in (("4", "among the rows 1 to 3"), ("x", "not a row number"), ("3-1", "among the rows")):
        found = check(r"a = b \\ a = c \\ a = c", namespace={"a": 1.0}, rows=rows)
        assert found.status == "error"
        assert words in found.message


def test_outside_the_domain_is_neither_true_nor_false() -> None:
    report = check(r"h_{n+1} = h_n + 1", snippet="h = {1: 1.0, 2: 2.0, 3: 3.0}", where="n in 1..3")
    row = report.rows[0]
    assert (report.status, row.undefined) == ("holds", 1)
    assert "n = 3" in row.domain or "n < 3" in row.domain
    assert check(r"h_{n+1} = h_n + 1", snippet="h = {1: 1.0}", where="n in 1..3").status == "undefined"


def test_ranges_give_bare_indices_their_values() -> None:
    snippet = "import torch\nx = torch.randn(5)\nm = x[1:].sum()"
    assert status(r"\sum_t x_t = m", snippet, ranges="t = 1..4") == "holds"
    assert status(r"\sum_t x_t = m", snippet, ranges="t = 0..4") == "fails"
    assert status(r"\sum_t x_t = m", snippet) == "error"


def test_symbols_macros_and_index_base() -> None:
    snippet = "import torch\nblocks = [torch.randn(2) for _ in range(3)]\nx = torch.randn(3)\na = blocks[1][0] + x[0]"
    options = {"symbols": {r"{\cal W}_<l>": "blocks[l]"}, "macros": {"MW": r"{\cal W}"}}
    assert status(r"a = (\MW_1)_0 + x_0", snippet, **options) == "holds"
    assert status(r"a = (\MW_1)_1 + x_1", snippet, **options, index_base=1) == "holds"
    assert status(r"a = (\MW_2)_0 + x_0", snippet, **options) == "fails"
    assert status(r"a = \MW_7 + x_0", snippet, **options) == "undefined"


def test_an_accent_may_be_joined_to_the_name() -> None:
    namespace = {"yhat": torch.tensor(2.0, dtype=torch.float64), "y": torch.tensor(3.0, dtype=torch.float64)}
    assert check(r"\hat{y} = 2", namespace=namespace).status == "holds"
    assert check(r"\hat{y} = 3", namespace=namespace).status == "fails"
    assert check(r"\hat{y} = 5", namespace={**namespace, "y_hat": 5.0}).status == "holds"


def test_brackets_around_what_a_pattern_captures_are_explained() -> None:
    report = check("x_1 = 2", namespace={"xs": [1, 2]}, symbols={"x_<k>": "xs[<k>]"})
    assert report.status == "error"
    assert "captured integers stand there without angle brackets: 'xs[k]'" in report.message


def test_product_order() -> None:
    snippet = "import torch\nW = [torch.randn(3, 3) for _ in range(3)]\nP = W[2] @ W[1] @ W[0]"
    latex = r"\prod_{i=0}^{2} W_i = P"
    report = check(latex, snippet=snippet)
    assert report.status == "fails"
    assert any("descending order" in repair.description for repair in report.rows[0].repairs)
    assert status(latex, snippet, product_order="descending") == "holds"


def test_a_snippet_without_randomness_is_checked_at_its_one_point() -> None:
    report = check("a = b", snippet="import torch\na = torch.ones(3)\nb = a + 0")
    assert (report.status, report.trials) == ("holds", 1)
    assert "nothing at random" in str(report)


def test_every_trial_draws_other_numbers() -> None:
    # true at the reader's run and at no other: the first draw is the only one with that value
    first = check("a = r", snippet="import torch\ntorch.manual_seed(0)\na = torch.rand(())\nr = 0.5", trials=1)
    assert first.rows[0].counterexample is not None
    value = float(torch.rand((), generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    snippet = f"import torch\ntorch.manual_seed(0)\na = torch.rand(())\nr = {value!r}"
    assert check("a = r", snippet=snippet, trials=1).status == "holds"
    assert check("a = r", snippet=snippet, trials=2).status == "fails"


@pytest.mark.parametrize(
    ("snippet", "words"),
    [("1/0", "ZeroDivisionError"), ("a = = b", "SyntaxError"), ("import sys\nsys.exit(3)", "SystemExit")],
)
def test_a_snippet_that_raises(snippet: str, words: str) -> None:
    report = check("a = b", snippet=snippet)
    assert (report.status, report.subtype) == ("error", "snippet")
    assert words in report.message


def test_an_unbound_symbol_is_named_with_its_place() -> None:
    row = one_row("a = b +\n  c", "a = b = 1.0")
    assert (row.status, row.subtype) == ("error", "unbound")
    assert (row.line, row.column) == (2, 3)
    assert "c is not bound" in row.message


@pytest.mark.parametrize(
    "options",
    [{"layout": "rows"}, {"derivative": "both"}, {"product_order": "up"}, {"expect": "true"}, {"index_base": 2},
     {"trials": 0}, {"max_cases": 0}, {"rtol": 0.0}, {"rtol": 2.0}, {"approx": -1.0}],
)  # fmt: skip
def test_values_that_are_no_options(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(ValueError, match=name):
        check("a = b", namespace={}, **options)  # type: ignore[arg-type]


def test_wrong_python_arguments() -> None:
    with pytest.raises(TypeError, match="either snippet or namespace"):
        check("a = b")
    with pytest.raises(TypeError, match="either snippet or namespace"):
        check("a = b", snippet="", namespace={})
    with pytest.raises(TypeError, match="latex is a int"):
        check(3, snippet="")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="snippet is a int"):
        check("a = b", snippet=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="timeout is for a snippet"):
        check("a = b", namespace={}, timeout=1)
    with pytest.raises(ValueError, match="timeout is 0, expected a number of seconds"):
        check("a = b", snippet="", timeout=0)
    with pytest.raises(TypeError):
        check("a = b", namespace={}, tolerance=1)  # type: ignore[call-arg]


def test_with_a_timeout_the_snippet_runs_apart_and_ends() -> None:
    assert check(CHAIN, snippet=CLASSICAL, timeout=60).status == "holds"
    endless = check("x = x", snippet="import os\nx = 1.0\nwhile x: pass", timeout=0.5)
    assert (endless.status, endless.ok, endless.subtype) == ("error", False, "timeout")
    assert endless.message == "still running after 0.5 s (<snippet>:3)"
    fatal = check("x = x", snippet="import os\nos._exit(0)", timeout=60)
    assert fatal.message == "exited with code 0 (<snippet>:1)"


def test_the_default_dtype_is_left_alone() -> None:
    before = torch.get_default_dtype()
    check(CHAIN, snippet=CLASSICAL)
    check("(", snippet=RESIDUAL)
    assert torch.get_default_dtype() == before == torch.float32


def test_a_list_of_numbers_is_a_column_that_stays_part_of_the_graph() -> None:
    w = torch.randn(3, dtype=torch.float64, requires_grad=True)
    namespace = {"w": w, "h": [w[0] * w[1], w[1] ** 2], "J": torch.stack([w[[1, 0, 2]], 2 * w]).detach()}
    namespace["J"] = namespace["J"] * torch.tensor([[1.0, 1, 0], [0, 1, 0]])
    assert check(r"\frac{\partial h}{\partial w} = J", namespace=namespace).status == "holds"
    assert check(r"\frac{\partial h}{\partial w} = 0", namespace=namespace).status == "fails"


@pytest.mark.parametrize(
    "latex", [f"h_{{{'1' * 5000}}} = a", r"a = b \\" * 100, " + ".join([r"1 + 2 + \cdots + 9000"] * 3) + " = a"]
)
def test_what_is_too_long_to_mend_gets_its_verdict(latex: str) -> None:
    report = check(latex, namespace={"a": 1.0, "b": 2.0, "h": [torch.randn(3)]})
    assert report.status in ("fails", "error", "undefined")
    assert report.message or report.rows[0].message
