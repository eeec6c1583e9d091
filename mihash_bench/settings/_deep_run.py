"""One run of Setting 2: the single layer on the features of the pretrained network, then the whole network."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch._single_layer import SingleLayer
from mihash_bench.codes import Words
from mihash_bench.datasets.base import Dataset
from mihash_bench.deep.computing import reproducible
from mihash_bench.deep.encoder import NetworkCodes
from mihash_bench.deep.hash_network import HashNetwork
from mihash_bench.deep.methods.base import DeepHasher
from mihash_bench.deep.training import Training
from mihash_bench.errors import DivergedError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.config import resolved
from mihash_bench.experiment.divergence import Watch
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.measuring import (
    evaluate_codes,
    final_arrays,
    metric_values,
    values_of_queries,
    with_final,
)
from mihash_bench.experiment.raw_encoder import preprocessing_of_images
from mihash_bench.experiment.result import Observer, RunResult, curve_columns, decision_columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.seeds import generator, seed_sequence
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.training_points import class_labels
from mihash_bench.metrics.base import parse_metric
from mihash_bench.neighbors import SharedLabels
from mihash_bench.registry import BACKBONES, DEEP_METHODS
from mihash_bench.settings._batch_run import measured_epochs
from mihash_bench.settings._deep_options import DeepConfig
from mihash_bench.settings._deep_plan import DeepSplit, draw_deep_split
from mihash_bench.settings._held_out import collapse, distinct_codes, measure
from mihash_bench.settings._training_log import TrainingLog
from mihash_bench.store.provenance import peak_memory_bytes
from mihash_bench.store.record import Kept


def make_method(config: DeepConfig) -> DeepHasher:
    """Create the method of a run."""
    names = (config.setting, config.dataset, config.method, config.bits, config.trial)
    method: Any = DEEP_METHODS.get(config.method)
    parameters = resolved(method, config.method_parameters)
    made: DeepHasher = method(config.bits, random_state=seed_sequence(config.seed, "method", *names), **parameters)
    return made


def retrieval_of(config: DeepConfig, dataset: Dataset, split: DeepSplit) -> Retrieval:
    """Return the queries and the database of a run. Its features are images."""
    return Retrieval(dataset.features, class_labels(dataset), split.queries, split.database, SharedLabels())


def run(config: DeepConfig, dataset: Dataset, observer: Observer, keeper: Keeper) -> RunResult:
    """Perform one run, or go on with one whose state was saved."""
    split = draw_deep_split(dataset, config, config.trial, config.split_trial)
    with reproducible(config.threads, config.device):
        return EndToEnd(config, dataset, split, observer, keeper).run()


class EndToEnd:
    """One run, which can be interrupted after every step.

    Its state is saved after every epoch, and in between as often as it takes little time. Queries and database are
    coded after the measured epochs, but evaluated only at the end, so that nothing is chosen by them.
    """

    def __init__(
        self, config: DeepConfig, dataset: Dataset, split: DeepSplit, observer: Observer, keeper: Keeper
    ) -> None:
        self.config, self.dataset, self.split, self.keeper = config, dataset, split, keeper
        self.labels, self.method = class_labels(dataset), make_method(config)
        self.log = TrainingLog(keeper.training, observer)
        self.watch = Watch()
        self.y = np.unique(self.labels[split.training], return_inverse=True)[1].astype(np.int64)
        self.loss = self.method.single_layer().begin(self.y)
        self.wanted = measured_epochs(config.epochs, config.checkpoints)
        self._memory_before = peak_memory_bytes()

    def run(self) -> RunResult:
        """Perform the run and return its columns."""
        backbone = BACKBONES.get(self.config.backbone)(**dict(self.config.backbone_parameters))
        network = backbone.load(self.dataset.data_dir, self.config.pixels)
        if self.log.saved is None:
            self.start = self._single_layer(network)
        else:
            self.start = dict(self.log.saved["start"])
        head = {name: self.start[name] for name in ("mean", "W", "bias")}
        hashing = HashNetwork(network, **head, device=self.config.device, precision=self.config.precision)
        self.training = self._training(hashing)
        self._train()
        return self._result()

    def _single_layer(self, network: Any) -> dict[str, NDArray[Any]]:
        """Learn W and the bias on the features of the pretrained network."""
        began = time.perf_counter()
        bits = self.config.bits
        empty = np.zeros((network.n_features, bits)), np.zeros(bits)
        frozen = HashNetwork(
            network, np.zeros(network.n_features), *empty, device=self.config.device, precision=self.config.precision
        )
        rows, X = self.split.training, np.empty((len(self.split.training), network.n_features), np.float32)
        done = 0
        for part in frozen.features_of(self.dataset.features, rows):
            X[done : done + len(part)] = part
            done += len(part)
            self.log.tell(done, len(rows), len(part), "image of the frozen features")
        mean = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        X -= mean
        norms = np.linalg.norm(X, axis=1, keepdims=True)
        np.divide(X, norms, out=X, where=norms > 0)
        layer = self.method.single_layer()
        for epoch in layer.fit_by_epoch(X, self.y):
            self.log.tell(epoch, layer.n_epochs, len(rows), "epoch of the single layer")
        self.log.seconds["train_s"] += time.perf_counter() - began
        return {"mean": mean, **self._learned(layer)}

    def _learned(self, layer: SingleLayer) -> dict[str, NDArray[Any]]:
        """Return W and the bias in single precision, as the network has them, and the outputs.

        Raises DivergedError if one of them is not finite.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # checked below
            learned: dict[str, NDArray[Any]] = {
                "W": layer.W_.astype(np.float32), "bias": layer.bias_.astype(np.float32), "U": layer.outputs()
            }  # fmt: skip
        if not all(np.isfinite(each).all() for each in learned.values()):
            name = self.method.name
            raise DivergedError(
                f"{name}: the weights of its single layer grow beyond single precision (allowed: a smaller "
                f"{name}.layer_rate)"
            )
        return learned

    def _training(self, network: HashNetwork) -> Training:
        if self.loss.U_ is not None:
            self.loss.U_[:] = self.start["U"]
        training = Training(
            self.method, network, self.loss, self.dataset.features, self.split.training, epochs=self.config.epochs,
            random=lambda epoch: generator(
                self.config.seed, "images", self.config.dataset, self.config.trial, "epoch", epoch
            ),
        )  # fmt: skip
        if self.log.saved is not None:
            training.restore(self.log.saved["training"])
        return training

    def _train(self) -> None:
        """Train from wherever the state is to the last epoch, and measure after each epoch."""
        training = self.training
        if self.log.saved is None:
            self._measure()
        while training.epoch < training.epochs:
            began = time.perf_counter()
            for images in training.train_epoch():
                self.log.seconds["train_s"] += time.perf_counter() - began
                self.log.tell(training.done_steps, training.steps, images, "step")
                self.log.save_if_due(self._state)
                began = time.perf_counter()
            self._measure()

    def _measure(self) -> None:
        """Measure the held-out images, code all images if the epoch is a checkpoint, and save the state."""
        began = time.perf_counter()
        epoch, rows = self.training.epoch, self.split.held_out
        encoder = self._encoder()
        U = encoder.outputs(self.dataset.features[rows]).astype(np.float64)
        found = measure(self.method, U, self.labels[rows], self.config.threads)
        if epoch in self.wanted:
            self.log.words[epoch] = self._words(encoder)
        self.log.seconds["eval_s"] += time.perf_counter() - began
        self.log.add_epoch(epoch, found)
        self.log.save(self._state)

    def _kept(self, encoder: NetworkCodes) -> Kept | None:
        """Return the networks before and after training, or None if further ones were measured.

        The one before training has no weights of its backbone, so that it is small.
        """
        if self.wanted != {0, self.config.epochs} or not self.config.epochs:
            return None
        mean, W, bias = (self.start[name] for name in ("mean", "W", "bias"))
        config = self.config
        first = NetworkCodes(config.backbone, config.pixels, mean, W, bias, parameters=config.backbone_parameters)
        for each in (first, encoder):
            self.keeper.add(each.arrays(), new=True)
        return self.keeper.kept()

    def _encoder(self) -> NetworkCodes:
        """Return the frozen network of this moment; before training, it contains no weights of the backbone."""
        network = self.training.network
        weights = network.weights() if self.training.epoch or self.training.step else None
        W, bias, mean = (each.detach().cpu().numpy().copy() for each in (network.W, network.bias, network.mean))
        config = self.config
        return NetworkCodes(
            config.backbone, config.pixels, mean, W, bias, weights, config.backbone_parameters, self.dataset.data_dir
        )

    def _words(self, encoder: NetworkCodes) -> Words:
        snapshot = Snapshot(self.config.method, encoder, self.config.bits, self.dataset.features)
        return Coder(self.dataset.features).code([snapshot])[0]

    def _state(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        return {"start": self.start, "training": self.training.state()}

    def _result(self) -> RunResult:
        """Evaluate the codes of the measured epochs and return the columns of the run."""
        config, log, growth = self.config, self.log, peak_memory_bytes() - self._memory_before
        retrieval = retrieval_of(config, self.dataset, self.split)
        metrics = [parse_metric(text) for text in config.metrics]
        rows: list[dict[str, float]] = []
        n, eval_s = len(self.split.training), log.seconds["eval_s"]
        for epoch, words in sorted(log.words.items()):
            began = time.perf_counter()
            values = metric_values(
                evaluate_codes(retrieval, words, metrics, config.bits, threads=config.threads), metrics
            )
            eval_s += time.perf_counter() - began
            held = log.history_of(epoch)
            costs = {"updates": 0, "bit_recomputations": 0, "train_s": held["train_s"], "reservoir_s": 0.0}
            rows.append({
                "examples": epoch * n, "epoch": epoch, "objective": held["objective"],
                "held_out_mAP": held["mAP"], **values, **costs, "table_s": 0.0, "eval_s": eval_s,
            })  # fmt: skip
            log.observer(len(rows), len(log.words), {text: values[text] for text in config.metrics})
        encoder, last = self._encoder(), log.words[config.epochs]
        ends = evaluate_codes(retrieval, last, with_final(metrics), config.bits, threads=config.threads)
        final = {**final_arrays(ends, retrieval.queries, encoder), **log.history()}
        self.watch.see({name: self.start[name] for name in ("W", "bias")}, "at the start")
        self.watch.see(encoder.arrays(), f"after epoch {config.epochs}")
        classes = len(np.unique(self.labels))
        collapsed = collapse(distinct_codes(last[self.split.database]), classes, config.bits)
        return RunResult(
            curve_columns(rows), decision_columns([]), final,
            preprocessing=preprocessing_of_images(), per_query=values_of_queries(ends, metrics),
            costs={"train_memory_bytes": growth}, diverged=self.watch.reason or collapsed,
            kept=self._kept(encoder),
        )  # fmt: skip
