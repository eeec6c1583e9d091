"""The page docs/options.md, derived from the options that the settings declare; ``make docs`` writes it."""

from collections.abc import Iterator

from mihash_bench.experiment.options import flag
from mihash_bench.settings.base import Setting, listed_settings

HEAD = """# Options of a sweep

This page is derived from the code (`make docs`). Each option can be given on the command line, as a key of a TOML file
without its dashes (`update-interval = 50`), and as an argument of `mihash_bench.run` with underscores
(`update_interval=50`). Runs with different values of an option that *must agree* are not compared with each other:
they never share a panel or a table row.
"""


def options_page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *(line for setting in listed_settings() for line in _section(setting))])


def _section(setting: Setting) -> Iterator[str]:
    yield f"## `--setting {setting.name}`: {setting.title}\n"
    yield "| option | meaning | allowed | default | must agree |"
    yield "| --- | --- | --- | --- | --- |"
    for name, declared in setting.options.declared().items():
        several = "; several values separated by commas" if declared.many and declared.separator else ""
        agree = "yes" if name in setting.options.must_agree else ""
        default = setting.options.default_text(name)
        yield f"| `{flag(name)}` | {declared.help} | {declared.kind}{several} | {default} | {agree} |"
    axes = ", ".join(f"`{axis.column}`" for axis in setting.every_axis)
    yield f"\nCurves can be drawn over {axes} (`plot --x`).\n"


if __name__ == "__main__":
    print(options_page(), end="")
