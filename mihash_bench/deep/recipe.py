"""The recipe of a feature file: everything that its features depend on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mihash_bench.datasets.base import Dataset
from mihash_bench.deep.backbones.base import Backbone
from mihash_bench.registry import BACKBONES

# Images in a batch. Another number changes features by rounding.
BATCH = 32


@dataclass(frozen=True)
class Recipe:
    """What features are made of, and how.

    Parameters
    ----------
    dataset, dataset_digest, images : name, digest and number of the images.
    backbone, backbone_version, backbone_parameters : the network.
    backbone_code : digest of the source of a plug-in, or "".
    weights_sha256 : of the file with the weights, or of the weights themselves.
    pixels, n_features : side of the input and number of features.
    batch, threads, torch : number of images in a batch, number of threads, and version of PyTorch.
    package : version of this package.
    """

    dataset: str
    dataset_digest: str
    images: int
    backbone: str
    backbone_version: int
    backbone_parameters: dict[str, Any]
    backbone_code: str
    weights_sha256: str
    pixels: int
    n_features: int
    batch: int
    threads: int
    torch: str
    package: str

    @property
    def text(self) -> str:
        """The recipe as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the recipe."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def recipe_of(backbone: Backbone, dataset: Dataset, data_dir: Path, side: int, threads: int) -> Recipe:
    """Return the recipe of a backbone's features. Raises InputError if its weights cannot be read."""
    code = BACKBONES.code_if_known(backbone.name)
    return Recipe(
        dataset=dataset.name,
        dataset_digest=dataset.digest,
        images=len(dataset.features),
        backbone=backbone.name,
        backbone_version=backbone.version,
        backbone_parameters=backbone.get_params(),
        backbone_code=code.digest if code else "",
        weights_sha256=backbone.weights_digest(data_dir),
        pixels=side,
        n_features=backbone.n_features,
        batch=BATCH,
        threads=threads,
        torch=version("torch"),
        package=version("mihash-bench"),
    )
