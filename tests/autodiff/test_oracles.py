r"""Formulas against dense Jacobians that torch.autograd.functional, not the engine, computes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd.functional import hessian, jacobian

from eqtest import check
from eqtest.report import Row

FLOAT64 = torch.float64
GENERATOR = torch.Generator().manual_seed(7)


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=FLOAT64, generator=GENERATOR)


W, V, x0 = draw(3, 4), draw(2, 3), draw(4)
A, B, u0 = draw(3, 3), draw(3, 3), draw(3)


def layer(x: Tensor) -> Tensor:
    return torch.tanh(W @ x)


def output(h: Tensor) -> Tensor:
    return torch.sin(V @ h)


def loss(y: Tensor) -> Tensor:
    return y.square().sum() / 2


JX = jacobian(layer, x0)
"""dh/dx, of shape (3, 4)."""
JH = jacobian(output, layer(x0))
"""dy/dh, of shape (2, 3)."""
GY = jacobian(loss, output(layer(x0)))
"""dL/dy, of shape (2,)."""
TW = jacobian(lambda w: torch.tanh(w @ x0), W)
"""dh/dW, of shape (3, 3, 4)."""


def live() -> dict[str, object]:
    """The same computation as a live graph, with the dense Jacobians beside it."""
    x, w = x0.clone().requires_grad_(), W.clone().requires_grad_()
    h = torch.tanh(w @ x)
    y = torch.sin(V @ h)
    u = u0.clone().requires_grad_()
    q = A @ u + u
    return {
        "x": x, "W": w, "h": h, "y": y, "L": loss(y), "V": V, "A": A, "B": B, "u": u, "q": q, "v": draw(3),
        "J": JX, "K": JH, "G": GY, "S": torch.tensordot(GY @ JH, TW, dims=1), "c": 3,
        "t": torch.tensor(2.0, dtype=FLOAT64),
        "f": torch.tanh, "M": JX @ JX.T, "R": GY @ JH @ JX, "z": draw(3).requires_grad_(),
        "H": hessian(lambda z: loss(output(layer(z))), x0),
        "p": hessian(lambda z: loss(output(layer(z))), x0)[1, 2], "g": lambda a, b: a * torch.exp(b),
    }  # fmt: skip


def row(latex: str, **options: object) -> Row:
    report = check(latex, namespace=live(), **options)  # type: ignore[arg-type]
    assert len(report.rows) == 1, str(report)
    return report.rows[0]


AGREE = [
    (r"\frac{\partial h}{\partial x} = J", "a Jacobian"),
    (r"\frac{\partial y}{\partial h} = K", "a Jacobian of an intermediate tensor"),
    (r"\frac{\partial y}{\partial x} = K J", "a chain by matrices"),
    (r"\frac{\partial y}{\partial x} = \frac{\partial y}{\partial h} \frac{\partial h}{\partial x}", "composition"),
    (r"\frac{\partial y}{\partial x} = K \times \frac{\partial h}{\partial x}", "a matrix and a Jacobian"),
    (r"\frac{\partial L}{\partial x} = R^\top", "a row"),
    (r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h} \frac{\partial h}{\partial W}", "by a matrix"),
    (r"\frac{\partial L}{\partial x} = G^\top K J", "a row times matrices"),
    (r"\frac{\partial h}{\partial x} + \frac{\partial h}{\partial x} = 2 J", "a sum and a number"),
    (r"\frac{\partial h}{\partial x} - c J = -2 \frac{\partial h}{\partial x}", "differences"),
    (r"\frac{\partial q}{\partial u} = A + 1", "the identity beside a matrix"),
    (r"\frac{\partial q}{\partial u} = A + I", "the identity as a letter"),
    (r"\frac{\partial q}{\partial u} \frac{\partial q}{\partial u} = (A + 1)^2", "a power of a map"),
    (r"\frac{\partial q}{\partial u}^\top = A^\top + 1", "a transpose"),
    (r"\frac{\partial h}{\partial x} \left( \frac{\partial h}{\partial x} \right)^\top = M", "a map and its transpose"),
    (r"\frac{\partial}{\partial u} (A u + u) = A + 1", "an operator on an expression"),
    (r"\frac{\partial}{\partial x} f(W x) = J", "an operator on an application"),
    (r"\frac{d h}{d x} = J", "the total derivative"),
    (r"\frac{\partial^2 L}{\partial x^2} = H", "a second derivative"),
    (r"\frac{\partial^2 L}{\partial x_1 \partial x_2} = p", "a mixed second derivative by entries"),
    (r"\frac{\partial h_1}{\partial x_2} = J_{1,2}", "an entry of a Jacobian"),
    (r"\nabla_x L = R^\top", "a gradient in numerator layout"),
    (r"(A B)^{-1} v = B^{-1} A^{-1} v", "an inverse"),
    (r"(A B)^\top = B^\top A^\top", "a transposed product"),
    (r"f'(u) \odot v = v - f(u)^2 \odot v", "an elementwise derivative"),
    (r"\frac{\partial g(u, v)}{\partial v} v = g(u, v) \odot v", "a partial derivative of a call"),
    (r"t A u = A (t u)", "a scalar"),
    (r"u^\top A v = v^\top A^\top u", "a bilinear form"),
    (r"(u v^\top) v = (v^\top v) u", "an outer product"),
]


@pytest.mark.parametrize(("latex", "_what"), AGREE, ids=[what for _, what in AGREE])
def test_agrees_with_the_dense_jacobian(latex: str, _what: str) -> None:
    found = row(latex)
    assert found.status == "holds", found
    assert found.error is not None
    assert found.error < 1e-12


@pytest.mark.parametrize(("latex", "_what"), AGREE, ids=[what for _, what in AGREE])
def test_twice_a_side_is_refuted(latex: str, _what: str) -> None:
    left, _, right = latex.partition(" = ")
    found = row(f"{left} = 2 ({right})")
    assert found.status == "fails"
    assert found.error == pytest.approx(0.5)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial L}{\partial x} = \frac{\partial h}{\partial x} \times \frac{\partial L}{\partial h}",
        r"\frac{\partial h}{\partial x} = J^\top",
        r"\frac{\partial h}{\partial x} = J + 1",
        r"\frac{\partial y}{\partial x} = J K",
        r"\frac{\partial h}{\partial x} = K",
        r"h = x",
        r"A u = W u",
        r"\mathrm{tr}(K) = 1",
        r"\det K = 1",
        r"A + u = B",
        r"\frac{\partial L}{\partial W} = \frac{\partial h}{\partial W} \times \frac{\partial L}{\partial h}",
    ],
)
def test_what_does_not_fit_fails_by_its_shape(latex: str) -> None:
    found = row(latex)
    assert (found.status, found.subtype) == ("fails", "shape")
    assert "shape" in found.message


@pytest.mark.parametrize(
    ("layout", "latex"),
    [
        ("numerator", r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial h} \frac{\partial h}{\partial x}"),
        ("denominator", r"\frac{\partial L}{\partial x} = \frac{\partial h}{\partial x} \frac{\partial L}{\partial h}"),
        ("denominator", r"\frac{\partial h}{\partial x} = J^\top"),
        ("gradient", r"\nabla_x L = \left( \frac{\partial h}{\partial x} \right)^\top \nabla_h L"),
        ("gradient", r"\nabla_x L = J^\top K^\top \nabla_y L"),
        ("gradient", r"\nabla_W L = S"),
        ("gradient", r"\nabla_W L = ((1 - h^2) \odot \nabla_h L) x^\top"),
        ("gradient", r"\frac{\partial h}{\partial x} = J"),
    ],
)
def test_layouts(layout: str, latex: str) -> None:
    assert row(latex, layout=layout).status == "holds"


def test_a_row_that_holds_in_another_layout_says_so() -> None:
    found = row(r"\frac{\partial h}{\partial x} = J^\top")
    assert any("denominator layout" in repair.description for repair in found.repairs)


def test_partial_and_total_derivatives_differ_where_arguments_depend_on_the_variable() -> None:
    w = torch.tensor(0.7, dtype=FLOAT64, requires_grad=True)
    a = torch.tensor(1.3, dtype=FLOAT64)
    h = torch.tanh(w * a)
    fixed = h.detach()

    def slope(of: Callable[[float], float], at: float, step: float = 1e-6) -> float:
        return (of(at + step) - of(at - step)) / (2 * step)

    total = slope(lambda v: math.tanh(v * math.tanh(v * 1.3)), 0.7)
    partial = slope(lambda v: math.tanh(v * float(fixed)), 0.7)
    namespace = {"w": w, "h": h, "f": lambda h, w: torch.tanh(w * h), "P": partial, "T": total}
    latex = r"\frac{\partial f(h, w)}{\partial w} = "
    assert abs(total - partial) > 0.01

    def status(side: str, text: str = latex, **options: object) -> str:
        return check(text + side, namespace=namespace, rtol=1e-6, **options).status  # type: ignore[arg-type]

    assert (status("P"), status("T")) == ("holds", "fails")
    assert (status("P", derivative="total"), status("T", derivative="total")) == ("fails", "holds")
    assert status("T", r"\frac{d f(h, w)}{d w} = ") == "holds"
    report = check(latex + "P", namespace=namespace, rtol=1e-6)
    assert report.reading is not None
    assert report.reading.derivative == "partial"


def test_zero_paths_are_zero_and_named() -> None:
    found = row(r"\frac{\partial q}{\partial z} + \frac{\partial q}{\partial u} = A + 1")
    assert found.status == "holds"
    alone = row(r"\frac{\partial q}{\partial z} = 0")
    assert alone.status == "vacuous"
    assert any(note.startswith("no path") for note in alone.notes)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("latex", ["a = a + 0", "a = b", r"b \le a", r"a \approx b", r"A a = A a + 0"])
def test_nan_and_infinity_never_agree(value: float, latex: str) -> None:
    bad = torch.full((3,), value, dtype=FLOAT64)
    assert check(latex, namespace={"a": bad, "b": torch.ones(3, dtype=FLOAT64), "A": A}).status == "fails"


def test_float32_is_refused() -> None:
    found = check("a = b", namespace={"a": torch.ones(2, dtype=torch.float32), "b": 1.0})
    assert found.status == "error"
    assert "float32" in found.rows[0].message
    assert "float64" in found.rows[0].message


def test_a_variable_without_gradient_is_named() -> None:
    found = row(r"\frac{\partial h}{\partial V} = 0")
    assert found.status == "error"
    assert "V has no gradient" in found.message
    assert "requires_grad=True" in found.message


@pytest.mark.parametrize(
    ("namespace", "words"),
    [
        ({"h": {1: 2.0}}, "h_{4} is not bound|h has no member 4"),
        ({"g": 1.0}, "not bound"),
        ({"h_1": 1.0}, "does not exist here"),
    ],
)
def test_names_that_are_not_there(namespace: dict[str, object], words: str) -> None:
    found = check("h_4 = 1", namespace=namespace).rows[0]
    assert found.status in ("error", "undefined")
    assert any(word in found.message for word in words.split("|")), found.message


def test_a_close_name_is_offered() -> None:
    assert "weight" in check(r"\mathrm{weigth} = 1", namespace={"weight": 1.0}).rows[0].message


@pytest.mark.parametrize("latex", [r"{\bm w}_3 = \mathbf w_3 + 0", r"\boldsymbol{w}_3 - w_3 = w_3 - {\bf w}_3"])
def test_fonts_do_not_change_a_name(latex: str) -> None:
    families: tuple[dict[str, object], ...] = ({"w": [0, 0, 0, 5.0]}, {"w": {3: 5.0}}, {"w3": 5.0}, {"w_3": 5.0})
    for namespace in families:
        assert check(latex, namespace=namespace).status in ("holds", "vacuous")
        assert check(latex + "+ 1", namespace=namespace).status == "fails"


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"\delta", "delta"), (r"\lambda", "lambda_"), (r"\lambda", "lam"),
        (r"\hat y", "y_hat"), (r"\tilde x", "x_tilde"),
        (r"\bar h_2", "h_bar_2"), (r"\mathcal{F}", "F"), (r"{\cal E}", "E"), ("W_{hh}", "W_hh"),
        (r"w_{\text{out}}", "w_out"), (r"w_\mathrm{in}", "w_in"),
        (r"\lambda_{\max}", "lambda_max"), ("h^{(2)}", "h2"),
        ("h^{[2]}", "h_2"), ("w^*", "w_star"), (r"\mathrm{rate}", "rate"),
    ],
)  # fmt: skip
def test_printed_names_and_python_names(latex: str, name: str) -> None:
    value = 4.5
    assert check(f"{latex} = 4 + r", namespace={name: value, "r": 0.5}).status == "holds"
    assert check(f"{latex} = 5 + r", namespace={name: value, "r": 0.5}).status == "fails"
