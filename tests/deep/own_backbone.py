"""A backbone of the user's, as the text of a plug-in."""


def own_backbone(layers: str, *, n_features: int) -> str:
    """Return a file with the backbone ``mine``. layers: the body of its method ``module``."""
    return f"""
from mihash_bench.deep.backbones.base import Backbone, Pixels
from mihash_bench.parameters import Integer

class Mine(Backbone):
    name = "mine"
    title = "My network"
    constraints = {{"channels": Integer(1)}}
    pixels = Pixels(default=16, step=4, low=8)
    n_features = {n_features}
    mean = (100.0, 110.0, 120.0)
    std = (50.0, 60.0, 70.0)

    def __init__(self, *, channels=6):
        self.channels = channels

    def module(self, data_dir):
{layers}
"""
