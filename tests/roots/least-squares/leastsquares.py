"""Linear least squares with a ridge."""

import torch


def objective(A: torch.Tensor, b: torch.Tensor, x: torch.Tensor, ridge: float) -> torch.Tensor:  # noqa: N803
    r"""The value of the objective.

    .. math:: f(x) = \frac{1}{2} \lVert A x - b \rVert^2 + \frac{\lambda}{2} \lVert x \rVert^2
       :label: objective

    Args:
        A: the matrix, of shape (m, n).
        b: the right-hand side, of shape (m,).
        x: the point, of shape (n,).
        ridge: the weight of the ridge.
    """
    return (A @ x - b).square().sum() / 2 + ridge * x.square().sum() / 2


def gradient(A: torch.Tensor, b: torch.Tensor, x: torch.Tensor, ridge: float) -> torch.Tensor:  # noqa: N803
    r"""The gradient of the objective.

    .. math:: \nabla f(x) = A^\top (A x - b) + \lambda x
       :label: gradient

    Args:
        A: the matrix, of shape (m, n).
        b: the right-hand side, of shape (m,).
        x: the point, of shape (n,).
        ridge: the weight of the ridge.
    """
    return A.T @ (A @ x - b) + ridge * x
