"""What a check costs beside the passes that it is about.

The network is a chain of tanh layers of one width, and the formula the chain rule of a weight, with dots.  Times are in
milliseconds of the processor, on one thread, so that other work on the machine counts little, and the best of a few; a
plain check is one without wrong variants, at one point.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from eqtest import check
from eqtest.autodiff import refutation

DEPTHS = (4, 16, 64, 256, 1024)
WIDTHS = (16, 64, 256, 512)
MAX_WEIGHTS = 2**28
"""Networks with more weights are left out: two gigabytes of them, and as much for their gradients."""
MAX_DENSE = 2**28
"""Largest number of multiplications of the products of dense Jacobians that is waited for, and of their entries."""
CHAIN = (
    r"\frac{\partial L}{\partial w_k} = \frac{\partial L}{\partial y} \frac{\partial y}{\partial h_N}"
    r" \frac{\partial h_N}{\partial h_{N-1}} \cdots \frac{\partial h_{k+1}}{\partial w_k}"
)


def block(depth: int) -> str:
    """The rows of all weights but the last, the indices as numbers."""
    rows = [CHAIN.replace("k+1", str(k + 1)).replace("_k", f"_{{{k}}}") for k in range(depth - 1)]
    return r" \\ ".join(rows)


def chain(depth: int, width: int) -> dict[str, Any]:
    """The tensors of a chain of ``depth`` layers, after its forward pass."""
    torch.manual_seed(0)
    scale = width**-0.5
    w = [(torch.randn(width, width) * scale).requires_grad_() for _ in range(depth + 1)]
    return forward({"w": w, "h": [torch.randn(width)], "N": depth})


def forward(network: dict[str, Any]) -> dict[str, Any]:
    w, h = network["w"], network["h"][:1]
    for layer in w[:-1]:
        h.append(torch.tanh(layer @ h[-1]))
    y = torch.tanh(w[-1] @ h[-1])
    return {**network, "h": h, "y": y, "L": y.square().sum() / 2}


def forward_and_backward(network: dict[str, Any]) -> None:
    torch.autograd.grad(forward(network)["L"], network["w"])


def checked(network: Mapping[str, Any], latex: str = CHAIN) -> None:
    report = check(latex, namespace=network, where="k = 0", trials=1)
    assert report.ok, str(report)


def plainly(network: Mapping[str, Any], latex: str = CHAIN) -> None:
    """A check without wrong variants."""
    with mock.patch.object(refutation, "edits", return_value=()):
        checked(network, latex)


def dense(network: Mapping[str, Any]) -> Tensor:
    """The same product from the Jacobians of the layers, each of them built in full."""
    jacobian = torch.autograd.functional.jacobian
    w, h, y = network["w"], network["h"], network["y"]
    row = jacobian(lambda out: out.square().sum() / 2, y.detach())
    row = row @ jacobian(lambda x: torch.tanh(w[-1] @ x), h[-1].detach())
    for layer, x in zip(reversed(w[1:-1]), reversed(h[1:-1]), strict=True):
        row = row @ jacobian(lambda x, layer=layer: torch.tanh(layer @ x), x.detach())
    return torch.tensordot(row, jacobian(lambda v: torch.tanh(v @ h[0]), w[0].detach()), dims=1)


def milliseconds(action: Callable[[], object], seconds: float = 1.0) -> float:
    """The best time of a few calls, for about so many seconds."""
    action()
    times: list[float] = []
    while not times or (sum(times) < seconds and len(times) < 20):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def derivatives(action: Callable[[], object]) -> int:
    """How many times autograd is asked for a vector-Jacobian product."""
    with mock.patch.object(torch.autograd, "grad", wraps=torch.autograd.grad) as grad:
        action()
    return grad.call_count


def compare_with_passes() -> None:
    print("\nthe row of w_0: one check beside one forward and backward pass (fwd+bwd), and dense Jacobians [ms]")
    print(f"{'depth':>6}{'width':>6}{'fwd+bwd':>10}{'run+check':>10}{'dense':>10}{'check/pass':>12}{'dense/pass':>12}")
    fixed = milliseconds(lambda: plainly(chain(2, 4)))
    print(f"start-up, a check of two layers of width 4: {fixed:.1f} ms, not in the ratios")
    for width in WIDTHS:
        for depth in DEPTHS:
            if depth * width**2 > MAX_WEIGHTS:
                continue
            network = chain(depth, width)
            passes = milliseconds(lambda n=network: forward_and_backward(n))
            check_time = milliseconds(lambda n=network: plainly(forward(n)))
            slow = ""
            if depth * width**2 < MAX_DENSE and width**3 < MAX_DENSE // 8 and depth * width <= 2**15:
                slow = f"{milliseconds(lambda n=network: dense(n)):.1f}"
            ratio = (check_time - fixed) / passes
            dense_ratio = f"{float(slow) / passes:.0f}" if slow else ""
            print(f"{depth:6}{width:6}{passes:10.1f}{check_time:10.1f}{slow:>10}{ratio:12.2f}{dense_ratio:>12}")


def count_derivatives() -> None:
    print("\na block of D - 1 rows of a chain of depth D: vector-Jacobian products, one plain check and its power")
    print(f"{'D':>6}{'plain':>8}{'per row':>9}{'with power':>12}{'per row':>9}")
    for depth in (4, 8, 16, 32, 64, 96):
        network, latex = chain(depth, 8), block(depth)
        plain = derivatives(lambda n=network, rows=latex: plainly(n, rows))
        power = derivatives(lambda n=network, rows=latex: checked(n, rows))
        rows = depth - 1
        print(f"{depth:6}{plain:8}{plain / rows:9.1f}{power:12}{power / rows:9.1f}")


def weigh_power() -> None:
    print("\nthe row of w_0 with its power beside the plain check [ms]; claimed: at most 10 times as much again")
    print(f"{'depth':>6}{'width':>6}{'plain':>10}{'with power':>12}{'as much again':>15}")
    for depth, width in ((4, 16), (16, 64), (64, 64), (256, 64), (1024, 16)):
        network = chain(depth, width)
        plain = milliseconds(lambda n=network: plainly(n))
        power = milliseconds(lambda n=network: checked(n))
        print(f"{depth:6}{width:6}{plain:10.1f}{power:12.1f}{(power - plain) / plain:15.1f}")


def main() -> None:
    """Print the tables of one run."""
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    try:
        compare_with_passes()
        count_derivatives()
        weigh_power()
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
