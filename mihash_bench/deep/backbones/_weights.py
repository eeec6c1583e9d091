"""The digest of a module's weights."""

import hashlib
import json

from torch import nn


def digest_of_weights(module: nn.Module) -> str:
    """Return the SHA-256 over the names, types, shapes and values of a module's weights and buffers."""
    digest = hashlib.sha256()
    for name, values in sorted(module.state_dict().items()):
        array = values.detach().cpu().contiguous().numpy()
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
