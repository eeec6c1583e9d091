"""All that is measured of an engine on one table: time, memory, work and quality of its answers."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mihash_bench.answers.scoring import (
    NearRows,
    Relevant,
    label_precision,
    recall_of_codes,
    recall_of_rows,
    unanswered,
)
from mihash_bench.answers.timing import built, latency_of, one_pinned_thread
from mihash_bench.codes import Words
from mihash_bench.engines.base import Engine, Octets, Whole, skew
from mihash_bench.engines.faiss_flat import FaissFlat
from mihash_bench.errors import InputError
from mihash_bench.parameters import defaults


@dataclass(frozen=True)
class Searched:
    """A table of codes and the queries that search it.

    codes, queries: octets, shapes (n, ceil(bits / 8)) and (q, ceil(bits / 8)). relevant: see
    ``scoring.label_precision``. near: the true neighbors in feature space; None where they are not asked for.
    """

    codes: Octets
    queries: Octets
    n_bits: int
    relevant: Relevant
    near: NearRows | None = None


@dataclass(frozen=True)
class Measure:
    """What one engine reaches with one effort.

    effort: such as ``nprobe=4``, or "". build_s: seconds of building the index. bytes: its size as a file. skew: see
    ``base.skew``. code_recall, feature_recall, precision, unanswered: see ``scoring``; feature_recall is NaN if it was
    not asked for. queries_per_second, p50_s, p99_s: of queries that are asked one by one. candidates: mean number of
    rows whose distance to a query was computed. lookups: mean number of buckets or lists that a query looks up. empty:
    the share of them without a row; NaN without lookups.
    """

    engine: str
    effort: str
    build_s: float
    bytes: int
    skew: float
    code_recall: float
    feature_recall: float
    precision: float
    unanswered: float
    queries_per_second: float
    p50_s: float
    p99_s: float
    candidates: float
    lookups: float
    empty: float

    def plain(self) -> dict[str, Any]:
        """Return the values by name, None for NaN, as JSON has them."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


def octets(words: Words, n_bits: int) -> Octets:
    """Return packed codes of shape (n, words) as octets of shape (n, ceil(bits / 8)), with unused bits 0."""
    whole = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.ascontiguousarray(whole[:, : -(-n_bits // 8)])


def check_k(k: int, n_rows: int) -> None:
    """Raise InputError, naming ``-k``, if a table has fewer rows."""
    if k > n_rows:
        raise InputError(f"-k: {k} (allowed with a table of {n_rows} rows: at most {n_rows})")


def measures(engines: Sequence[Engine], table: Searched, k: int) -> Iterator[Measure]:
    """Yield what each engine reaches. Engines that differ in their effort only share one index.

    Raises InputError if an engine is not possible for the table, before anything is measured.
    """
    check_k(k, len(table.codes))
    for engine in engines:
        engine.check(len(table.codes), table.n_bits)
    farthest = _farthest(table, k)
    for alike in by_index(engines):
        index, seconds = _index(alike[0], table)
        sizes = alike[0].bucket_sizes(index, table.codes, table.n_bits)
        about = {"build_s": seconds, "bytes": alike[0].n_bytes(index), "skew": skew(sizes)}
        for engine in alike:
            yield _measure(engine, index, table, k, farthest, about)


def _index(engine: Engine, table: Searched) -> tuple[Any, float]:
    with one_pinned_thread():
        return built(engine, table.codes, table.n_bits)


def _measure(engine: Engine, index: Any, table: Searched, k: int, farthest: Whole, about: dict[str, Any]) -> Measure:
    queries = table.queries
    with one_pinned_thread():
        answers, work = engine.search(index, queries, k), engine.work(index, queries, k)
        latency = latency_of(engine, index, queries, k)
    return Measure(
        engine=engine.name,
        effort=effort_text(engine),
        **about,
        code_recall=recall_of_codes(answers, farthest),
        feature_recall=np.nan if table.near is None else recall_of_rows(answers, table.near),
        precision=label_precision(answers, table.relevant, len(table.codes)),
        unanswered=unanswered(answers),
        queries_per_second=latency.queries_per_second,
        p50_s=latency.percentile(50),
        p99_s=latency.percentile(99),
        candidates=work.candidates / len(queries),
        lookups=work.lookups / len(queries),
        empty=work.empty / work.lookups if work.lookups else np.nan,
    )


def _farthest(table: Searched, k: int) -> Whole:
    """Return the distance of the k-th nearest code of each query, shape (q,)."""
    exact = FaissFlat()
    found: Whole = exact.search(exact.build(table.codes, table.n_bits), table.queries, k).distances[:, -1]
    return found


def effort_text(engine: Engine) -> str:
    """Return the effort of an engine, such as ``nprobe=4``, or "" if it has none."""
    return f"{engine.effort}={getattr(engine, engine.effort)}" if engine.effort else ""


def index_text(engine: Engine) -> str:
    """Return the name of an engine with all parameters but the effort, which determine its index."""
    values = {name: value for name, value in engine.get_params().items() if name != engine.effort}
    shown = ",".join(f"{name}={'none' if value is None else value}" for name, value in values.items())
    return f"{engine.name}[{shown}]" if shown else engine.name


def index_title(engine: Engine) -> str:
    """Return the title of an engine with the parameters of its index that are not at their defaults."""
    usual, values = defaults(type(engine)), engine.get_params()
    changed = [f"{name}={value}" for name, value in values.items() if name != engine.effort and value != usual[name]]
    return f"{engine.title} ({', '.join(changed)})" if changed else engine.title


def by_index(engines: Sequence[Engine]) -> list[list[Engine]]:
    """Return the engines in groups that differ in their effort only."""
    groups: dict[str, list[Engine]] = {}
    for engine in engines:
        groups.setdefault(index_text(engine), []).append(engine)
    return list(groups.values())
