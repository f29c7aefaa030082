"""What the experiments share: the digits, small networks of residual units, their training, and plots.

Networks that differ in their seeds alone are computed side by side: a feature is a tensor of shape (seeds, width,
samples), a weight one of shape (seeds, width, width). Samples are columns, as in the formulas.
"""

import base64
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, relu
from torch.nn.functional import cross_entropy, layer_norm

from eqtest.network.picture import CYCLE, INK, plot_style, to_pdf, to_svg

__all__ = [
    "BN", "CLASSES", "CYCLE", "INK", "SEEDS", "TRAINED", "WIDTH", "Network", "curve", "digits", "dots", "error",
    "gradients", "loss", "panels", "randn", "relu", "show", "table", "torch", "train",
]  # fmt: skip

torch.set_num_threads(1)  # sums then come out the same on any number of cores
STYLE = ExitStack()
STYLE.enter_context(plot_style())  # for as long as the notebook's process runs

SEEDS, WIDTH, CLASSES = 5, 32, 10
TRAINED = 1024
"""Samples that are trained on; the other 773 are for testing."""


def digits() -> tuple[Tensor, Tensor]:
    """1797 handwritten digits of 8 x 8 pixels, shape (64, samples), with mean 0 and variance 1; their classes."""
    images, classes = load_digits(return_X_y=True)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    x = torch.tensor(images, dtype=torch.float32)[order].T
    return (x - x.mean()) / x.std(), torch.tensor(classes)[order]


def randn(*shape: int, stream: int = 0) -> Tensor:
    """Normal numbers of shape (seeds, *shape); those of different streams are independent."""
    generators = (torch.Generator().manual_seed(100 * stream + seed) for seed in range(SEEDS))
    return torch.stack([torch.randn(shape, generator=generator) for generator in generators])


def BN(z: Tensor) -> Tensor:  # noqa: N802
    """Batch normalization without scale and shift: over the samples, which are the last axis."""
    return layer_norm(z, z.shape[-1:])


class Network:
    """Pixels -> ``first`` -> units of ``layers`` weights each -> ``finish`` -> ``last`` -> logits.

    Weights have variance ``gain`` / width: 2 is that of He et al. (2015), 1 that of LeCun et al. (1998).
    """

    def __init__(
        self,
        unit: Callable[[Tensor, Sequence[Tensor]], Tensor],
        units: int,
        layers: int = 2,
        gain: float = 2.0,
        finish: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.unit, self.finish = unit, finish
        self.first = randn(WIDTH, 64, stream=1) / 8
        self.middle = (randn(units, layers, WIDTH, WIDTH) * (gain / WIDTH) ** 0.5).movedim(0, 2).contiguous()
        self.last = randn(CLASSES, WIDTH, stream=2) / WIDTH**0.5

    def features(self, images: Tensor) -> list[Tensor]:
        """The input of every unit, and the output of the last one."""
        x = [relu(BN(self.first @ images))]
        for W in self.middle:
            x.append(self.unit(x[-1], W))
        return x

    def logits(self, x: Tensor) -> Tensor:
        return self.last @ (self.finish(x) if self.finish else x)


def loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Mean cross entropy of every seed, shape (seeds,)."""
    return cross_entropy(logits, classes.expand(SEEDS, -1), reduction="none").mean(1)


def gradients(net: Network, samples: int = 256) -> tuple[list[Tensor], Tensor]:
    """The features of every unit, and norms of the loss's gradients by them, shape (units + 1, seeds)."""
    images, classes = digits()
    net.first.requires_grad_()
    x = net.features(images[:, :samples])
    back = torch.autograd.grad(loss(net.logits(x[-1]), classes[:samples]).sum(), x)
    return x, torch.stack([gradient.flatten(1).norm(dim=1) for gradient in back])


def train(net: Network, epochs: int = 20, rate: float = 0.05, batch: int = 128) -> tuple[Tensor, Tensor]:
    """Descent with momentum 0.9; then the errors in training and in test in per cent, each of shape (seeds,)."""
    images, classes = digits()
    order = torch.Generator().manual_seed(0)
    parameters = [parameter.requires_grad_() for parameter in (net.first, net.middle, net.last)]
    descent = torch.optim.SGD(parameters, lr=rate, momentum=0.9)
    for _ in range(epochs):
        for chosen in torch.randperm(TRAINED, generator=order).split(batch):
            descent.zero_grad()
            loss(net.logits(net.features(images[:, chosen])[-1]), classes[chosen]).sum().backward()
            descent.step()
    return error(net, slice(None, TRAINED)), error(net, slice(TRAINED, None))


@torch.no_grad()
def error(net: Network, part: slice) -> Tensor:
    """Wrong answers among a part of the digits in per cent, shape (seeds,); 90 where the numbers have overflowed."""
    images, classes = digits()
    logits = net.logits(net.features(images[:, part])[-1])
    wrong = 100 * (logits.argmax(1) != classes[part]).float().mean(1)
    return torch.where(logits.isfinite().all(2).all(1), wrong, torch.tensor(100.0 * (1 - 1 / CLASSES)))


def panels(columns: int = 1, width: float = 4.6, height: float = 3.1, **options: Any) -> tuple[Figure, Any]:
    """A figure and its panels side by side; narrow, so that its letters stay readable on a phone."""
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots(1, columns, **options)


def curve(axes: Axes, x: Sequence[float], values: Tensor, color: str, **style: Any) -> None:
    """The median over the seeds as a line, from the least to the greatest as a band; ``values``: (points, seeds)."""
    axes.plot(x, values.median(1).values, color=color, **style)
    axes.fill_between(x, values.amin(1), values.amax(1), color=color, alpha=0.25, linewidth=0)


def dots(axes: Axes, names: Sequence[str], values: Tensor, color: str, shift: float = 0.0, **style: Any) -> None:
    """A row for each name: a dot for each seed, a bar at the median; ``values``: (names, seeds)."""
    rows = torch.arange(len(names)) + shift
    axes.scatter(values, rows[:, None].expand_as(values), s=16, color=color, alpha=0.6, linewidths=0, **style)
    axes.scatter(values.median(1).values, rows, s=130, marker="|", color=color)
    axes.set_yticks(range(len(names)), names)


def show(figure: Figure) -> None:
    """Put the figure on the page, in the page's colours."""
    data = {"image/svg+xml": to_svg(figure), "application/pdf": base64.b64encode(to_pdf(figure)).decode()}
    display(data, raw=True)


def table(head: str, rows: dict[str, Tensor], form: str = "6.1f") -> None:
    """Print, for every row, the median over the seeds and the least and the greatest value; rows: (columns, seeds)."""
    width = max(map(len, [head.split("|")[0].strip(), *rows])) + 1
    first, *heads = (part.strip() for part in head.split("|"))
    cells = {
        name: [f"{v.median():{form}} ({v.min():{form}} ..{v.max():{form}})" for v in values]
        for name, values in rows.items()
    }
    columns = max(len(cell) for row in cells.values() for cell in row)
    print(first.ljust(width), *(h.rjust(columns) for h in heads))
    for name, row in cells.items():
        print(name.ljust(width), *(cell.rjust(columns) for cell in row))
