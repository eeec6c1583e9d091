"""Folding batch normalisation into the convolution before it, which computes the same with fewer steps."""

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(module: nn.Module) -> nn.Module:
    """Return a module in which each batch normalisation right after a convolution is part of that convolution.

    With the running statistics m and v, ``g (conv(x) - m) / sqrt(v + eps) + b`` is a convolution with the weights
    ``g w / sqrt(v + eps)``. Pairs are found in ``nn.Sequential``, at any depth. Other layers of batch normalisation
    stay as they are. The module has to be in evaluation mode.
    """
    for name, child in list(module.named_children()):
        setattr(module, name, fold_batch_norm(child))
    if type(module) is not nn.Sequential:
        return module
    layers = _folded(list(module))
    return module if len(layers) == len(module) else nn.Sequential(*layers)


def _folded(layers: list[nn.Module]) -> list[nn.Module]:
    kept: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d) and kept and isinstance(kept[-1], nn.Conv2d):
            kept[-1] = fuse_conv_bn_eval(kept[-1], layer)
        else:
            kept.append(layer)
    return kept
