"""The formulas of the source documents, literally, and the networks that they are about.

``tests/data`` has one file a document: its displays and inline formulas in order, separated by blank lines.
"""

from __future__ import annotations

from pathlib import Path

from engine import CLASSICAL, RESIDUAL

DATA = Path(__file__).parent / "data"
SOURCES = {path.stem: path.read_text("utf-8").strip("\n").split("\n\n") for path in sorted(DATA.glob("*.txt"))}

HIDDEN_LAYERS, RESIDUAL_BLOCKS, *RESIDUAL_INLINE, FINAL = SOURCES["ResidualUnit"]
FORWARD, WITHOUT_SKIP, WITH_SKIP = (text for text in SOURCES["SkipConnection"] if "aligned" in text)
BETWEEN, BEFORE = (text for text in SOURCES["SkipConnection"] if "=" in text and text.startswith(r"\frac"))
"""The derivative of ``s_q`` by ``h_k`` for ``k = p+1, ..., q`` and for ``k = 1, ..., p``."""
WITH_LIMIT_L, WITH_LIMIT_CAPITAL_L, ASCENDING = (
    text for text in SOURCES["identity-mappings-notes"] if "x_L" in text and "_{i=" in text and "partial" not in text
)

_LAYERS = """
import torch

a = [torch.tanh] * (N + 1)
w = [torch.randn(3, 3, requires_grad=True) for _ in range(N + 1)]
x = torch.randn(3, requires_grad=True)
h, s = {1: a[0](w[0] @ x)}, {}
for n in range(1, N + 1):
    out = h[n]
    if SKIP and n == q:
        out = s[q] = h[p] + h[q]
    if n < N:
        h[n + 1] = a[n](w[n] @ out)
y = a[N](w[N] @ out)
L = (y - torch.randn(3)).square().sum() / 2
"""
PLAIN_NET = _LAYERS.replace("SKIP", "False").replace(", s =", ", _ =")
"""N hidden layers of one width."""
SKIP_NET = _LAYERS.replace("SKIP", "True")
"""The same with the output of layer p added to that of layer q."""

BLOCKS = {
    "hidden layers": (HIDDEN_LAYERS, CLASSICAL),
    "residual blocks": (RESIDUAL_BLOCKS, RESIDUAL),
    "final": (FINAL, RESIDUAL),
    "without skip": (WITHOUT_SKIP, PLAIN_NET),
    "with skip": (WITH_SKIP, SKIP_NET),
}
"""The 26 chain rows, in their displays: those of three layers, and those with dots."""
DOTTED = ("without skip", "with skip")
