"""The sections of ``mihash-bench --help``, and the verbs in each of them."""

SECTIONS: dict[str, tuple[str, ...]] = {
    "Runs": ("run", "presets", "tune", "reproduce-paper"),
    "Results": ("status", "plot", "report", "table", "search", "leaderboard", "compare", "show", "export"),
    "Results folders": ("verify", "merge", "remove"),
    "What there is": ("datasets", "features", "methods", "metrics"),
    "Your own classes": ("new", "check"),
    "This installation": ("doctor", "completion"),
}
