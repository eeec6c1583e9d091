"""The columns of the table of all runs, and the attributes of run files from which they are read."""

RUN_COLUMNS = ["setting", "dataset", "method", "variant", "bits", "trigger", "trial", "status"]
COST_COLUMNS = ["examples", "updates", "bit_recomputations", "train_s", "reservoir_s", "table_s", "eval_s"]
# What the columns of search engines begin with, such as "search faiss-hash build_s".
SEARCHED = "search "
# The metrics whose values are in ``final`` of every finished run, and the arrays that hold them.
AP_ARRAYS = {"mAP": "ap_expected", "mAP[ties=index]": "ap_index"}
KNOWN_OF_ALL = [
    "protocol",
    "reason",
    "started",
    "key",
    "method_title",
    "dataset_title",
    "method_version",
    "dataset_digest",
]
# Attributes that older files do not have, each with what they mean without it.
ADDED = {
    "ended": "",
    "code": "",
    "metric_code": "{}",
    "split": "fixed",
    "diverged": "",
    "versions": "{}",
    "git_commit": "",
    "dataset_is": "",
    "rows": "",
    "columns": "",
    "first_label": "",
    "last_label": "",
}
# Those of them that are columns of the table, and what is read from the config.
ADDED_COLUMNS = ["code", "split", "seed", "diverged"]
LAST_COLUMNS = [*KNOWN_OF_ALL, "train_memory_bytes"]
# Attributes that reports need but the table does not show.
BEHIND = ("metrics", "config", "traceback")
# The metrics whose values of queries are in ``per_query``, separated by commas.
WITH_VALUES = "with_values"
