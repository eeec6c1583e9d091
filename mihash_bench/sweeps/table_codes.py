"""The codes in the hash table of a finished run, from its stored hash functions and its dataset."""

from functools import lru_cache
from pathlib import Path

from mihash_bench.codes import Words
from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.config import Config, Parameters, resolved
from mihash_bench.experiment.raw_encoder import NOT_OF_ENCODERS
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.own_data.known import dataset_class
from mihash_bench.settings.base import Setting
from mihash_bench.store.record import RunRecord

DATASETS_AT_ONCE = 4
# The table policy under which all codes of a hash table are of one snapshot.
FULL = "full"


class DatasetsOfRuns:
    """Loads the datasets of finished runs, a few of which stay loaded.

    data_dir, cache_dir: the folders of data files and prepared datasets.
    """

    def __init__(self, data_dir: Path, cache_dir: Path) -> None:
        self._data_dir, self._cache_dir = data_dir, cache_dir
        self._load = lru_cache(DATASETS_AT_ONCE)(self._prepare)

    def of(self, config: Config) -> Dataset:
        """Return the dataset of a run. Raises InputError if it cannot be loaded."""
        return self._load(config.dataset, config.dataset_parameters)

    def _prepare(self, name: str, parameters: Parameters) -> Dataset:
        source_class = dataset_class(name, self._data_dir)
        try:
            source = source_class(**resolved(source_class, parameters))
        except TypeError as error:
            raise InputError(f"its dataset has other parameters ({error})") from None
        loaded: Dataset = source.load(self._data_dir, self._cache_dir, verify=True)
        return loaded


def mixing_policy(config: Config) -> str:
    """Return the table policy of a run if its hash table has codes of several snapshots, else ""."""
    policy = str(getattr(config, "policy", FULL))
    return "" if policy == FULL else policy


def final_codes(record: RunRecord, setting: Setting, config: Config, retrieval: Retrieval) -> Words:
    """Return the packed codes of all rows by the hash functions at the end of a run, shape (n, words), in file order.

    Raises InputError if the method is not there.
    """
    arrays = {name: array for name, array in record.final.items() if name not in NOT_OF_ENCODERS}
    encoder = setting.methods.get(config.method).encoder_from(arrays)
    snapshot = Snapshot(config.method, encoder, config.bits, retrieval.features)
    return Coder(retrieval.features).code([snapshot])[0]
