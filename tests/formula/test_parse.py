r"""What is printed the same is read the same; what is printed differently is not."""

from __future__ import annotations

import pytest
from reading import rows, tree, trees

from eqtest.formula.tree import (
    At,
    BigOperator,
    Derivative,
    Empty,
    Group,
    Increment,
    Mark,
    Matrix,
    Number,
    Product,
    Quotient,
    Relation,
    Scripts,
    Sum,
    Symbol,
)

A, B, C, D = map(Symbol, "abcd")
PARTIAL = Derivative(A, (B,))
TOTAL = Derivative(A, (B,), "total")


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{\partial a}{\partial b}", r"\dfrac{\partial a}{\partial b}", r"\cfrac{\partial a}{\partial b}",
        r"\tfrac{\partial a}{\partial b}", r"\partial a / \partial b", r"\partial a \big/ \partial b",
        r"{\partial a \over \partial b}", r"\frac{\partial}{\partial b} a", r"{\partial \over \partial b} a",
        r"\partial_b a", r"\frac{\partial {a}}{\partial {b}}", r"\frac{\partial a}{\partial (b)}",
    ],
)  # fmt: skip
def test_forms_of_the_partial_derivative(text: str) -> None:
    assert tree(text) == PARTIAL


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{d a}{d b}", "da/db", "d a / d b", r"{d a \over d b}", r"\frac{\mathrm d a}{\mathrm d b}",
        r"\frac{\mathrm{d} a}{\mathrm{d} b}", r"\frac{{\rm d} a}{{\rm d} b}", r"\frac{d}{db} a",
        r"\frac{\mathrm d}{\mathrm d b} a", r"\mathrm d a / \mathrm d b",
    ],
)  # fmt: skip
def test_forms_of_the_total_derivative(text: str) -> None:
    assert tree(text) == TOTAL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\nabla_b a", Derivative(A, (B,), "nabla")),
        (r"\nabla_{\bm b} a", Derivative(A, (Symbol("b", "bold"),), "nabla")),
        (r"\nabla_b^2 a", Derivative(A, (B, B), "nabla")),
        (r"\nabla^2_b a", Derivative(A, (B, B), "nabla")),
        (r"\nabla a", Derivative(A, (Empty(),), "nabla")),
        (r"\frac{\partial^2 a}{\partial b^2}", Derivative(A, (B, B))),
        (r"\partial^2 a / \partial b^2", Derivative(A, (B, B))),
        (r"\frac{\partial^2 a}{\partial b \partial c}", Derivative(A, (B, C))),
        (r"\frac{\partial^2 a}{\partial b\,\partial c}", Derivative(A, (B, C))),
        (r"\frac{d^2 a}{d b^2}", Derivative(A, (B, B), "total")),
        (r"\frac{d^2 a}{d b\, d c}", Derivative(A, (B, C), "total")),
        (r"\frac{\partial^3 a}{\partial b^2 \partial c}", Derivative(A, (B, B, C))),
        (r"\frac{\partial}{\partial b} \frac{\partial a}{\partial c}", Derivative(Derivative(A, (C,)), (B,))),
        (r"\frac{\partial f(x)}{\partial x}",
         Derivative(Product((Symbol("f"), Group((Symbol("x"),))), ("",)), (Symbol("x"),))),
        (r"\frac{\partial}{\partial b} (a + c)", Derivative(Group((Sum((A, C), ("+", "+")),)), (B,))),
        (r"\frac{\partial}{\partial b} a c", Derivative(Product((A, C), ("",)), (B,))),
        (r"\frac{\partial}{\partial b} a + c", Sum((Derivative(A, (B,)), C), ("+", "+"))),
    ],
)  # fmt: skip
def test_gradients_orders_and_operators(text: str, expected: object) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize("text", [r"\frac{d}{b}", r"\frac{a}{d b}", r"\frac{d_1}{d_2}", "d", "d/b"])
def test_the_letter_d_is_a_letter_elsewhere(text: str) -> None:
    assert not isinstance(tree(text), Derivative)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\frac12", r"\frac{1}{2}"), (r"\frac1{2}", r"\frac{1}{2}"), (r"\frac{1}2", r"\frac{1}{2}"),
        (r"\frac ab", r"\frac{a}{b}"), ("x^10", "{x^1} 0"), ("x_12", "x_1 2"), ("x^{10}", r"x^{ 10 }"),
        (r"\frac123", r"\frac{1}{2} 3"), (r"\sqrt 12", r"\sqrt{1} 2"), (r"\sqrt2", r"\sqrt{2}"),
        ("f'", r"f^\prime"), ("f''", r"f^{\prime\prime}"), ("f'(x)", r"f^{\prime}(x)"),
        ("x_i^2", "x^2_i"), ("{x}_i", "x_i"), ("{x_i}^2", "x_i^2"), ("{\\bm x}_i", r"\bm{x}_i"),
        (r"\left( a \right)", "(a)"), (r"\big( a \big)", "(a)"), (r"\Bigl[ a \Bigr]", "[a]"),
        (r"\lvert a \rvert", "|a|"), (r"\left| a \right|", "|a|"), (r"\lVert a \rVert", r"\|a\|"),
        (r"\Vert a \Vert", r"\| a \|"), (r"\left\langle a, b \right\rangle", r"\langle a, b\rangle"),
        (r"\underbrace{a + b}_{\text{two}}", "a + b"), (r"\boxed{a}", "a"), (r"\color{red}{a}", "a"),
        (r"\tanh(a)", r"\tanh a"), (r"\tanh\left(a\right)", r"\tanh{a}"), (r"\max\{a, b\}", r"\max(a, b)"),
        (r"\sin 2x", r"\sin(2x)"), (r"\sum\limits_{i=1}^n a", r"\sum_{i=1}^n a"), (r"a \over b", r"\frac{a}{b}"),
        ("a/b/c", "{a/b}/c"), ("{a b} c", "a b c"), (r"\mathbf{W x}", r"\mathbf W \mathbf x"),
        (r"\operatorname{ReLU}(x)", r"\mathrm{ReLU}(x)"), (r"w_{\max}", r"w_{\mathrm{max}}"),
        (r"a \cdot {-b}", r"a \cdot -b"), ("a − b", "a - b"),
        (r"118\,013\,952 a", "118013952 a"), (r"1\,000.5", "1000.5"), (r"x^2\,100", "{x^2} 100"),
        (r"\frac12\,100", r"\frac{1}{2} 100"), (r"\sum_{i=1}^3 \, 100 x_i", r"\sum_{i=1}^3 {100 x_i}"),
    ],
)  # fmt: skip
def test_printed_the_same(text: str, same: str) -> None:
    left, right = (tree(f"{{{item}}}") if r"\over" in item else tree(item) for item in (text, same))
    assert left == right


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("x^10", "x^{10}"), ("a b", "b a"), (r"a \cdot b", r"a \times b"), ("a - b", "a + b"), ("f'", "f''"),
        ("x_1", "x^1"), (r"\|a\|", "|a|"), ("a(b + c)", "a b + c"), (r"\frac{a}{b c}", "a / b c"),
        (r"\hat a", "a"), (r"\alpha", "a"), (r"\mathrm{in}", "i n"), (r"\tanh a b", r"\tanh (a b)"),
        ("-a b", "(-a) b"), (r"\sum_{i=1}^n a + b", r"\sum_{i=1}^n (a + b)"),
        (r"20\,25", "2025"), (r"2\,1000", "21000"), (r"2 \cdot 100", "2100"),
    ],
)  # fmt: skip
def test_printed_differently(text: str, other: str) -> None:
    assert tree(text) != tree(other)


def test_bars_pair_as_they_are_read() -> None:
    assert tree("|a| b |c|") == Product((Group((A,), "|"), B, Group((C,), "|")), ("", ""))
    assert tree("||a| + b|") == Group((Sum((Group((A,), "|"), B), ("+", "+")),), "|")
    assert tree(r"\|a\|_2^2") == Scripts(Group((A,), "||"), (Number("2"),), Number("2"))


def test_a_sum_takes_the_rest_of_its_term() -> None:
    found = tree(r"2 \sum_{i=1}^n a b + c")
    assert isinstance(found, Sum)
    product, last = found.terms
    assert last == C
    assert isinstance(product, Product)
    assert isinstance(product.factors[1], BigOperator)
    assert product.factors[1].body == Product((A, B), ("",))


def test_a_slash_binds_its_neighbours_only() -> None:
    assert tree("a b / c d") == Product((A, Quotient(B, C), D), ("", ""))


@pytest.mark.parametrize(
    ("text", "fonts"),
    [(r"{\bm w}", "bold"), (r"\boldsymbol{w}", "bold"), (r"\mathbf w", "bold"), (r"{\bf w}", "bold"), ("w", ""),
     (r"{\cal w}", "cal"), (r"\mathcal{w}", "cal"), (r"\mathscr w", "cal"), (r"\mathbb w", "bb"), (r"\vec w", "")],
)  # fmt: skip
def test_fonts_are_kept_beside_the_name(text: str, fonts: str) -> None:
    assert tree(text) == Symbol("w", fonts)


def test_accents_are_kept_beside_the_name() -> None:
    assert tree(r"\hat{\bm y}") == tree(r"\bm{\hat y}") == Symbol("y", "bold", ("hat",))
    assert tree(r"\widetilde{x}") == Symbol("x", "", ("tilde",))


def test_every_character_of_a_place_belongs_to_its_node() -> None:
    text = r"a + \frac{\partial y}{\partial h_{n-1}} \times b"
    found = tree(text)
    assert isinstance(found, Sum)
    product = found.terms[1]
    assert isinstance(product, Product)
    assert product.factors[0].span.text(text) == r"\frac{\partial y}{\partial h_{n-1}}"
    derivative = product.factors[0]
    assert isinstance(derivative, Derivative)
    assert derivative.by[0].span.text(text) == "h_{n-1}"


def test_macros_with_and_without_arguments() -> None:
    macros = {"MW": r"\boldsymbol{W}", r"\pd": (r"\frac{\partial #1}{\partial #2}", 2), "R": r"\mathbb{R}"}
    assert rows(r"\pd{a}{\MW} = \MW_1 b", **macros) == [r"\frac{\partial a}{\partial \bm{W}} = \bm{W}_{1} b"]
    assert rows(r"\pd a b = \pd{a}b", **macros) == [r"\frac{\partial a}{\partial b} = \frac{\partial a}{\partial b}"]
    assert rows(r"a = b \in \R^n", **macros) == ["a = b"]


def test_the_first_argument_of_a_macro_may_be_optional() -> None:
    macros = {
        "pd": (r"\frac{\partial^{#1} #2}{\partial #3}", 3, ""),
        "v": (r"\bm{#2}_{#1}", 2, "n"),
        "w": ("u_{#1}", 1, "0"),
    }
    (row,) = rows(r"\pd{y}{x} = \v{x} + \v[k+1]{x} - \pd[2]{y}{x^2}", **macros)
    assert (
        row == rows(r"\frac{\partial y}{\partial x} = \bm{x}_n + \bm{x}_{k+1} - \frac{\partial^2 y}{\partial x^2}")[0]
    )
    assert rows(r"a = \w + \w[2] b", **macros) == ["a = u_{0} + u_{2} b"]
    assert rows(r"a = \w [2]", **macros) == ["a = u_{2}"]


def test_a_star_behind_a_macro_sizes_its_delimiters() -> None:
    macros = {"norm": (r"\lVert #2 \rVert", 2, "")}
    for text in (r"\norm*{x} = y", r"\norm{x} = y", r"\norm[\big]{x} = y"):
        assert rows(text, **macros) == rows(r"\lVert x \rVert = y")


def test_what_a_macro_yields_has_the_place_of_its_call() -> None:
    from eqtest.formula.parse import parse

    text = r"a = \loss"
    (row,) = parse(text, {"loss": r"{\cal L}_1"})
    assert row.tree is not None
    assert row.tree.sides[1].span.text(text) == r"\loss"


AT = At(PARTIAL, (Relation((B, Number("0")), ("=",)),))


@pytest.mark.parametrize(
    "text",
    [
        r"\left. \frac{\partial a}{\partial b} \right|_{b = 0}", r"\frac{\partial a}{\partial b} \Big|_{b=0}",
        r"\left.\frac{\partial a}{\partial b}\right\rvert_{b=0}", r"\frac{\partial a}{\partial b} |_{b=0}",
        r"\frac{\partial}{\partial b} a |_{b=0}",
    ],
)  # fmt: skip
def test_forms_of_a_value_at_a_point(text: str) -> None:
    assert tree(text) == AT


def test_a_value_at_a_point_is_that_of_the_whole_call() -> None:
    call = Product((A, Group((B,))), ("",))
    point = (Relation((B, C), ("=",)),)
    assert tree("a(b)|_{b=c}") == At(call, point)
    assert tree(r"\nabla a(b)\big|_{b=c}") == At(Derivative(call, (Empty(),), "nabla"), point)
    assert tree("d a|_{b=c}") == Product((D, At(A, point)), ("",))
    assert tree("|a|_2") == Scripts(Group((A,), "|"), (Number("2"),))


CASES = Matrix(((A, Relation((B, Number("0")), ("<",))), (C, Symbol("otherwise", "operator"))), "cases")


@pytest.mark.parametrize(
    "text",
    [
        r"d = \begin{cases} a & b < 0 \\ c & \text{otherwise} \end{cases}",
        r"d = \begin{cases} a, & \text{if } b < 0, \\ c, & \text{otherwise}. \end{cases}",
        r"d = \begin{cases} a & \text{if $b < 0$,} \\ c & \text{otherwise} \end{cases}",
        r"d = \begin{cases} a， & \text{当 } b < 0 \text{ 时} \\ c， & \text{否则} \end{cases}",
        r"d = \begin{dcases} a & \mathrm{if}\ b < 0; \\ c & \mbox{else} \end{dcases}.",
        r"d = \left\{ \begin{array}{ll} a, & \text{若 } b < 0 \\ c, & \text{其他} \end{array} \right.",
        r"d = \left\{ \begin{array}{ll} a & b < 0 \\ c & \textrm{otherwise} \end{array} \right..",
    ],
)
def test_forms_of_a_definition_by_cases(text: str) -> None:
    ((side, found),) = [row.sides for row in trees(text)]
    assert (side, found) == (D, CASES)


def test_cases_with_nothing_before_them_are_a_system() -> None:
    assert rows(r"\begin{cases} a = b \\ c = d \end{cases}") == ["a = b", "c = d"]
    assert rows(r"\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.") == ["a = b", "c = d"]


def test_cases_with_conditions_are_a_definition_wherever_they_stand() -> None:
    (row,) = trees(r"\begin{cases} a & b < 0 \\ c & \text{otherwise} \end{cases} = d")
    assert row.sides == (CASES, D)
    assert rows(r"\begin{cases} a &= b \\ c &= d \end{cases}") == ["a = b", "c = d"]


def test_the_transpose_behind_a_gradient_is_the_gradient_s() -> None:
    call = Product((A, Group((B,))), ("",))
    gradient = Group((Derivative(call, (Empty(),), "nabla"),), "{}")
    assert tree(r"\nabla a(b)^\top") == Scripts(gradient, (), Mark("T"))
    assert tree(r"\frac{\partial}{\partial c} a(b)^2") == Derivative(
        Product((A, Scripts(Group((B,)), (), Number("2"))), ("",)), (C,)
    )


def test_a_differential_that_no_fraction_takes_is_an_increment() -> None:
    product = Group((Product((A, B), ("",)),))
    assert tree(r"\mathrm{d}(a b)") == tree(r"\partial (a b)") == tree(r"\mathsf d(a b)") == Increment(product)
    assert tree(r"a \, \mathrm d b") == Product((A, Increment(B)), ("",))
    assert tree(r"\partial a / \partial b") == PARTIAL


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\sum_{i=1}^n - a_i", r"\sum_{i=1}^n (-a_i)"),
        (r"c \sum_{i=1}^n -2 a_i + d", r"c \sum_{i=1}^n (-2 a_i) + d"),
        (r"a^{(l)\prime}(b)", r"a^{(l)}{}'(b)".replace("{}", "")),
        (r"a^{[l] '}", r"a^{[l]}'"),
        (r"\nabla^\top a", r"{(\nabla a)}^\top".replace("(", "").replace(")", "")),
        (r"\nabla_b a^\top c", r"\nabla_b^\top a c"),
        (r"\nabla \cdot a", r"\operatorname{tr}(\nabla a)"),
        (r"\operatorname{tr} A B \operatorname{tr} C", r"\operatorname{tr}(A B) \operatorname{tr}(C)"),
        (r"\operatorname{tr}(A) B", r"\operatorname{tr}{(A)} B"),
        (r"\partial_b a(b) c", r"\frac{\partial a(b)}{\partial b} c"),
        ("a >= b, c <= d, a != b", r"a \ge b, c \le d, a \ne b"),
        (r"a = b \rightarrow c = d", r"a = b \Rightarrow c = d"),
        (r"a = b \hspace{0.5in} c = d", r"a = b \quad c = d"),
        (r"a = b \hspace{2pt} c", "a = b c"),
        (r"W_{i \cdot} = W_{\cdot, j}", "W_{i :} = W_{:, j}"),
    ],
)
def test_forms_that_texts_print(text: str, same: str) -> None:
    assert rows(text) == rows(same)


def test_a_row_goes_on_from_the_side_behind_the_last_inequality() -> None:
    assert rows(r"a &\le b \\ &= c \\ &\le d") == [r"a \le b", "b = c", r"b \le d"]
    assert rows(r"a &= b \\ &= c \\ &\approx d") == ["a = b", "a = c", r"a \approx d"]
