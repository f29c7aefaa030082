"""What the assertions into which rows are translated need besides torch, as text."""

PRELUDE = '''\
def jacobian(a, b):
    """The total derivative of a by b, of shape a.shape + b.shape, one backward pass for each entry of a."""
    entries = [torch.autograd.grad(e, b, retain_graph=True, allow_unused=True)[0] for e in a.reshape(-1)]
    return torch.stack([torch.zeros_like(b) if e is None else e for e in entries]).reshape(a.shape + b.shape)


def identity(*shape):
    return torch.eye(torch.Size(shape).numel()).reshape(shape + shape)


def agree(a, b):
    a, b = torch.as_tensor(a), torch.as_tensor(b)
    return a.shape == b.shape and bool((a - b).norm() <= 1e-9 * max(a.norm(), b.norm()))
'''
