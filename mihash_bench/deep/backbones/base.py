"""The contract of a backbone: a network that turns images into features. PyTorch is imported only to load one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import SourceFile
from mihash_bench.deep.requirement import missing, require
from mihash_bench.errors import InputError, shown
from mihash_bench.parameters import Constraint, check, defaults

if TYPE_CHECKING:
    from torch import nn

    from mihash_bench.deep.network import Network


@dataclass(frozen=True)
class Pixels:
    """The sides of the square images that a backbone takes: multiples of ``step`` from ``low`` to ``high``."""

    default: int
    step: int
    low: int
    high: int | None = None

    def allows(self, side: object) -> bool:
        """Return whether images of this side are allowed."""
        if isinstance(side, bool) or not isinstance(side, int):
            return False
        return side % self.step == 0 and self.low <= side and (self.high is None or side <= self.high)

    def __str__(self) -> str:
        """Describe the allowed sides, in words that complete "allowed: "."""
        if self.low == self.high:
            return str(self.low)
        bounds = f"of at least {self.low}" if self.high is None else f"from {self.low} to {self.high}"
        return f"a multiple of {self.step} {bounds}"


class Backbone(ABC):
    """Base class of all backbones.

    A subclass implements ``module``. Its constructor takes keyword parameters with defaults and stores them unchanged
    under their names.

    Attributes
    ----------
    name : the name on the command line.
    title : the name in figures and tables.
    citation : where the network was published; see ``about.citations``.
    version : raised when the features of the same images change.
    constraints : allowed values of each parameter. The section "Parameters" of the docstring says what they mean.
    added_parameters : the defaults of all parameters; a run's key leaves a parameter out while it has its default, so
        that another default needs another version.
    files : the files that the user provides, in the folder of ``--data-dir``.
    pixels : the side of the images by default, and the sides that are allowed.
    n_features : the number of features.
    mean, std : the input is ``(x - mean) / std``, with pixel values x from 0 to 255 in the order red, green, blue.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str] = ""
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    added_parameters: ClassVar[Mapping[str, Any]] = {}
    files: ClassVar[tuple[SourceFile, ...]] = ()
    pixels: ClassVar[Pixels]
    n_features: ClassVar[int]
    mean: ClassVar[tuple[float, float, float]]
    std: ClassVar[tuple[float, float, float]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.added_parameters = defaults(cls)

    @classmethod
    def missing(cls) -> str:
        """Return which package of an extra is missing and how to install it, or "" if nothing is missing."""
        return missing()

    @abstractmethod
    def module(self, data_dir: Path) -> "nn.Module":
        """Return the network with its weights.

        It maps float32 images of shape (n, 3, side, side), normalised and ``channels_last``, to features of shape
        (n, n_features). data_dir: the folder with ``files``. Weights that PyTorch draws at random are always the same,
        because it is called with the seed 0. Raises InputError if a file is missing or invalid.
        """

    def weights_digest(self, data_dir: Path) -> str:
        """Return the SHA-256 of the weights, over all that ``module`` contains.

        A subclass that reads its weights from a file may return the digest of the file, which takes less time.
        """
        self._require()
        from mihash_bench.deep.backbones._weights import digest_of_weights

        return digest_of_weights(self._made(data_dir))

    def normalization(self, side: int, data_dir: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the mean and the standard deviation by which pixels are normalised.

        Both have shape (3, 1, 1), or (3, side, side) if they differ between pixels.
        """
        mean, std = (np.asarray(values, np.float32).reshape(3, 1, 1) for values in (self.mean, self.std))
        return mean, std

    def load(self, data_dir: Path, side: int | None = None) -> "Network":
        """Return the network, ready to compute on images of this side; None is the default side.

        Raises InputError if a package is missing, if a parameter or the side is not allowed, or if a file is missing
        or invalid.
        """
        self._require()
        self.check_params()
        side = self.check_side(side)
        import torch

        from mihash_bench.deep.backbones._folding import fold_batch_norm
        from mihash_bench.deep.network import Network

        module: Any = fold_batch_norm(self._made(data_dir)).eval().to(memory_format=torch.channels_last)
        mean, std = map(torch.from_numpy, self.normalization(side, data_dir))
        return Network(module, side, self.n_features, mean, std)

    def _made(self, data_dir: Path) -> "nn.Module":
        """Return the module in evaluation mode, and leave the random numbers of PyTorch as they are."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return self.module(data_dir).eval()

    def get_params(self) -> dict[str, Any]:
        """Return the constructor's parameters as they were given."""
        return {name: getattr(self, name) for name in defaults(type(self))}

    def check_params(self) -> None:
        """Raise InputError if a parameter has a value that is not allowed."""
        check(self.name, self.constraints, self.get_params())

    @classmethod
    def check_side(cls, side: int | None) -> int:
        """Return the side of the images. Raises InputError if it is not allowed."""
        if side is None:
            return cls.pixels.default
        if not cls.pixels.allows(side):
            raise InputError(f"--pixels: {shown(side)} is not allowed for {cls.name} (allowed: {cls.pixels})")
        return side

    def file(self, data_dir: Path, index: int = 0) -> Path:
        """Return the path of a file. Raises InputError, naming where it is published, if it is missing."""
        wanted = self.files[index]
        path = data_dir / wanted.name
        if not path.is_file():
            raise InputError(
                f"--data-dir: {path} is missing. Download {wanted.name} from {wanted.published} into the folder given "
                f"by --data-dir; it holds {wanted.holds}"
            )
        return path

    def _require(self) -> None:
        if said := self.missing():
            raise InputError(f"--backbone: {self.name}: {said}")
        require("--backbone")
