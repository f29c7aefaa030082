"""Networks as authors write them: each function is a snippet, and returns its namespace."""

from typing import Any

import torch
from torch import nn


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


def classical(layers: int = 3) -> dict[str, Any]:
    w = [draw(4, 4) for _ in range(layers + 1)]
    x = draw(4)
    h = {1: torch.tanh(w[0] @ x)}
    for n in range(1, layers):
        h[n + 1] = torch.tanh(w[n] @ h[n])
    y = torch.tanh(w[layers] @ h[layers])
    L = (y - torch.randn(4)).square().sum() / 2  # noqa: N806
    return locals()


def residual(blocks: int = 3) -> dict[str, Any]:
    w = [draw(4, 4) for _ in range(blocks + 1)]
    s, h = {0: draw(4)}, {}
    for n in range(1, blocks + 1):
        h[n] = torch.tanh(w[n - 1] @ s[n - 1])
        s[n] = h[n] + s[n - 1]
    y = torch.tanh(w[blocks] @ s[blocks])
    L = (y - torch.randn(4)).square().sum() / 2  # noqa: N806
    return locals()


def skip() -> dict[str, Any]:
    """A skip from layer 1 to layer 4 of 5."""
    w, h, s = [draw(4, 4) for _ in range(6)], {0: draw(4)}, {}
    for n in range(1, 5):
        h[n] = torch.tanh(w[n - 1] @ h[n - 1])
    s[4] = h[4] + h[1]
    h[5] = torch.tanh(w[4] @ s[4])
    y = w[5] @ h[5]
    return locals()


def unnamed_branch(blocks: int = 2) -> dict[str, Any]:
    """Residual blocks whose inner layer has no name."""
    w, b, h = [draw(4, 4) for _ in range(blocks)], draw(4), [draw(4)]
    for n in range(blocks):
        h.append(h[n] + w[n] @ torch.tanh(h[n]) + b)
    return locals()


def batched() -> dict[str, Any]:
    W1, b1, W2, b2, x = draw(5, 4), draw(5), draw(3, 5), draw(3), draw(7, 4)  # noqa: N806
    h = torch.relu(x @ W1.T + b1)
    y = h @ W2.T + b2
    return locals()


def recurrent(steps: int = 3) -> dict[str, Any]:
    W_xh, W_hh, W_hy, b = draw(4, 3), draw(4, 4), draw(2, 4), draw(4)  # noqa: N806
    x, h, y = {t: draw(3) for t in range(1, steps + 1)}, {0: draw(4)}, {}
    for t in range(1, steps + 1):
        h[t] = torch.tanh(W_xh @ x[t] + W_hh @ h[t - 1] + b)
        y[t] = W_hy @ h[t]
    L = torch.stack([out.sum() for out in y.values()]).sum()  # noqa: N806
    return locals()


def branches() -> dict[str, Any]:
    W, x = [draw(4, 4) for _ in range(5)], draw(4)  # noqa: N806
    a = torch.tanh(W[0] @ x)
    c = torch.tanh(W[1] @ a)
    b = torch.tanh(W[2] @ x)
    y = W[3] @ c + W[4] @ b
    return locals()


def dense() -> dict[str, Any]:
    """Arcs within arcs and arcs across arcs."""
    w, x, h, s = [draw(4, 4) for _ in range(4)], draw(4), {}, {}
    h[1] = torch.tanh(w[0] @ x)
    h[2] = torch.tanh(w[1] @ h[1])
    s[2] = h[2] + h[1]
    h[3] = torch.tanh(w[2] @ s[2])
    s[3] = h[3] + h[2] + h[1] + x
    y = w[3] @ s[3]
    return locals()


def sequential() -> dict[str, Any]:
    net = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    x = torch.randn(2, 4, requires_grad=True)
    h = net[0](x)
    y = net[2](torch.tanh(h))
    return locals()


def long_skip(N: int = 9, p: int = 3, q: int = 6) -> dict[str, Any]:  # noqa: N803
    """A skip from layer p to layer q of N."""
    w, x, h, s = [draw(4, 4) for _ in range(N + 1)], draw(4), {}, {}
    h[1] = torch.tanh(w[0] @ x)
    for n in range(1, N):
        if n == q:
            s[q] = h[p] + h[q]
        h[n + 1] = torch.tanh(w[n] @ (s[n] if n == q else h[n]))
    y = torch.tanh(w[N] @ h[N])
    return locals()


def feedback(steps: int = 3) -> dict[str, Any]:
    """A connection from layer 3 of a step to layer 1 of the next one."""
    w, x, h, s, y = [draw(4, 4) for _ in range(4)], {}, {(3, 0): torch.zeros(4)}, {}, {}
    for t in range(1, steps + 1):
        x[t] = draw(4)
        h[1, t] = torch.tanh(w[0] @ x[t])
        s[1, t] = h[1, t] + h[3, t - 1]
        h[2, t] = torch.tanh(w[1] @ s[1, t])
        h[3, t] = torch.tanh(w[2] @ h[2, t])
        y[t] = w[3] @ h[3, t]
    return locals()


ALL = [classical, residual, skip, unnamed_branch, batched, recurrent, branches, dense, sequential, long_skip]
