"""Choosing parameters of online methods on a held-out part of the stream; the queries are never used."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from mihash_bench.settings._online_options import HeldOutConfig, OnlineConfig, OnlineOptions
from mihash_bench.settings.base import Planned, Variant
from mihash_bench.settings.online import Online

if TYPE_CHECKING:
    from mihash_bench.datasets.base import Dataset, DatasetSource
    from mihash_bench.settings._online_data import RunData


class TuningOnline(Online):
    """The online setting on a stream whose end is held out: its rows are the queries, and never in the hash table."""

    name = "tuning-online"
    title = "streams of which a part is held out, for tuning"
    listed = False
    config: ClassVar[type[OnlineConfig]] = HeldOutConfig

    def plan(
        self, options: OnlineOptions, source: "DatasetSource", dataset: "Dataset", variants: Sequence[Variant]
    ) -> Iterator[Planned]:
        """Yield a run for each variant of a method, code length and trial. The options are those of the whole stream.

        Raises InputError, naming the option, if nothing would be left to learn from.
        """
        from mihash_bench.settings._held_out_stream import plan

        yield from plan(self, options, source, dataset, variants)

    def data(self, config: OnlineConfig, dataset: "Dataset") -> "tuple[Dataset, RunData]":
        """Return the rows, centred without the queries of the dataset, and the stream; see ``_held_out_stream``."""
        from mihash_bench.settings._held_out_stream import data_of

        assert isinstance(config, HeldOutConfig)
        return data_of(config, dataset)

    def view_facts(self, config: OnlineConfig) -> dict[str, Any]:
        """Return the values of a config on which ``views`` depends: each trial holds out rows of its own stream."""
        names = ("trial", "examples", "held_out")
        return super().view_facts(config) | {name: getattr(config, name) for name in names}

    def judged_by(self, config: Any) -> dict[str, str]:
        """Return what is learned from and searched, and what is measured."""
        return {
            "split": f"of each trial's stream, {config.examples:,} examples are learned from, and the "
            f"{config.held_out:,} after them are the queries, which are not in the database; the dataset's queries are "
            "not used",
            "score": "mAP at the end of the stream with trigger off, mean over the code lengths",
        }

    def published_as(self, dataset: str) -> None:
        """Return None, because no figures were published for held-out rows."""
        return
