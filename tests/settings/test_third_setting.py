"""A setting is one file: another package's setting runs, resumes, is checked, plotted and tabulated."""

import pytest

from mihash_bench.store.run_file import read_run

from ..cli.calling import Elsewhere
from ..plugins import install

CODE = '''
"""Methods that never learn, evaluated on a growing part of the database."""

from dataclasses import dataclass

from mihash_bench.codes import pack
from mihash_bench.evaluation import evaluate
from mihash_bench.experiment.config import Config, resolved
from mihash_bench.experiment.measuring import final_arrays, metric_values
from mihash_bench.experiment.options import Options, Text, option
from mihash_bench.experiment.result import RunResult, curve_columns, decision_columns
from mihash_bench.experiment.retrieval import Retrieval, draw_retrieval
from mihash_bench.experiment.seeds import seed_sequence
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import parse_metric
from mihash_bench.parameters import Integer
from mihash_bench.registry import METHODS
from mihash_bench.settings.base import Axis, Planned, Setting, Wording


@dataclass(frozen=True, kw_only=True)
class GrowingOptions(Options):
    must_agree = ("seed", "parts")
    method: tuple[str, ...] = option(("lsh",), Text("the name of a method"), "Methods.", many=True)
    parts: int = option(4, Integer(1), "Number of parts.")


@dataclass(frozen=True, kw_only=True)
class GrowingConfig(Config):
    parts: int


class Growing(Setting):
    name = "growing"
    title = "a database that grows"
    options, config, methods = GrowingOptions, GrowingConfig, METHODS
    wording = Wording(final="on the whole database", missing="no stream and no trigger")
    axes = (Axis("share", "Share of the database", numbers="plain"),)
    columns = ("share",)
    table_seconds = "not measured"

    def plan(self, options, source, dataset, variants):
        for variant in variants:
            for bits in options.bits:
                for trial in range(options.trials):
                    config = self.config_of(options, source, variant, bits, trial, parts=options.parts)
                    yield Planned(config, self.protocol(config))

    def run(self, config, dataset, observer, keeper):
        whole = draw_retrieval(dataset, config.seed)
        method = METHODS.get(config.method)
        seed = seed_sequence(config.seed, "growing", config.trial)
        encoder = method(config.bits, random_state=seed, **resolved(method, config.method_parameters))
        encoder = encoder.start(whole.database_rows).snapshot()
        words = pack(encoder.encode(dataset.features))
        metrics, rows = [parse_metric(text) for text in config.metrics], []
        for part in range(1, config.parts + 1):
            database = whole.database[: len(whole.database) * part // config.parts]
            here = Retrieval(dataset.features, dataset.labels, whole.queries, database, whole.neighbors)
            both = [*metrics, MAP_EXPECTED, MAP_INDEX]
            found = evaluate(words[database], words[whole.queries], here.relevance, both, config.bits)
            costs = {"updates": 0, "bit_recomputations": 0, "train_s": 0, "reservoir_s": 0, "table_s": 0, "eval_s": 0}
            values = metric_values(found, metrics)
            rows.append({"examples": len(database), "share": part / config.parts, **values, **costs})
            observer(part, config.parts, values)
        return RunResult(curve_columns(rows), decision_columns([]), final_arrays(found, whole.queries, encoder))
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    return install(tmp_path_factory.mktemp("plugin"), "growing_setting", CODE, settings={"growing": "Growing"})


@pytest.fixture(scope="module")
def command(plugin, tmp_path_factory, cache_dir):
    """A call of the command line in which the plug-in is installed, and the results folder of this module."""
    results = tmp_path_factory.mktemp("results")
    elsewhere = Elsewhere(plugin)
    where = ["-o", results, "--cache-dir", cache_dir]
    sweep = ["--setting", "growing", "--bits", "8,16", "--trials", "2", "--metric", "mAP,P@5", *where]
    yield elsewhere.call, results, sweep
    elsewhere.close()


@pytest.fixture(scope="module")
def done(command):
    call, _, sweep = command
    return call("run", *sweep)


def test_its_runs_are_done_and_summarised(done, command):
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "4 to do" in done.stdout
    assert "growing" in done.stdout
    paths = list(command[1].glob("runs/growing/sample/lsh/*.h5"))
    assert len(paths) == 4
    record = read_run(paths[0])
    assert record.curve["share"].tolist() == [0.25, 0.5, 0.75, 1.0]
    assert record.attributes["table_s_is"] == "not measured"


def test_its_own_option_is_part_of_help_key_and_protocol(done, command):
    call, _, sweep = command
    assert "--parts" in call("run", "--help").stdout
    other = call("run", *sweep, "--parts", 2, "--dry-run").stdout
    assert "4 to do" in other
    assert "--parts: 0 is not allowed" in call("run", *sweep, "--parts", 0).stderr
    assert "--parts: online has no such option" in call("run", "--parts", 2, "-o", command[1]).stderr
    assert "--trigger: growing has no stream and no trigger" in call("run", *sweep, "--trigger", "on").stderr


def test_its_runs_are_resumed_and_complete(done, command):
    call, results, sweep = command
    assert "All runs (4) are already in" in call("run", *sweep).stdout
    assert call("verify", results).stdout.startswith("4 of 4 run files")
    assert call("status", results).stdout == "4 done\n"


def test_its_curves_and_tables_are_written(done, command, tmp_path):
    call, results, _ = command
    made = call("plot", results, "-o", tmp_path)
    assert made.exit_code == 0, made.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"curve-growing-mAP-share.{e}" for e in ("pdf", "png")} | {
        f"table-growing-mAP.{e}" for e in ("tex", "md", "csv")
    } | {f"{stem}.provenance.json" for stem in ("curve-growing-mAP-share", "table-growing-mAP")}
    table = call("table", results, "--metric", "P@5").stdout
    assert "| LSH |" in table
    assert "on the whole database" in table
    assert "share" not in table.splitlines()[0]
