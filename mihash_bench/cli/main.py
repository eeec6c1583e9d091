"""The command ``mihash-bench``: its verbs and its error messages."""

import os
import sys
from typing import Any

import click

from mihash_bench.cli.about import methods, metrics
from mihash_bench.cli.check import check
from mihash_bench.cli.command_line import keep_words
from mihash_bench.cli.compare import compare
from mihash_bench.cli.completion import completion
from mihash_bench.cli.datasets import datasets
from mihash_bench.cli.doctor import doctor
from mihash_bench.cli.features import features
from mihash_bench.cli.leaderboard import leaderboard
from mihash_bench.cli.merge import merge
from mihash_bench.cli.new import new
from mihash_bench.cli.plot import plot
from mihash_bench.cli.presets import presets
from mihash_bench.cli.remove import remove
from mihash_bench.cli.report import report
from mihash_bench.cli.reproduce import reproduce_paper
from mihash_bench.cli.results import export, status, table, verify
from mihash_bench.cli.run import run
from mihash_bench.cli.search import search
from mihash_bench.cli.sections import SECTIONS
from mihash_bench.cli.show import show
from mihash_bench.cli.streams import OutputError, give_up_output, open_streams, say_error
from mihash_bench.cli.tune import tune
from mihash_bench.errors import InputError
from mihash_bench.text import one_line


class Verbs(click.Group):
    """A group of verbs. Errors are printed in one line, without usage text or traceback, and the exit code is 2."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with their descriptions, by section."""
        longest = max(map(len, self.commands))
        room = formatter.width - longest - 6
        for title, names in SECTIONS.items():
            verbs = [self.commands[name] for name in names if name in self.commands]
            if verbs:
                with formatter.section(title):
                    formatter.write_dl(
                        [(str(verb.name).ljust(longest), verb.get_short_help_str(room)) for verb in verbs]
                    )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of the command, which run files and reports tell."""
        keep_words(ctx, args)
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line and exit with the verb's code (0, 1 or 130), or with 2 for bad input.

        The code is 1 if standard output could not be written.
        """
        open_streams()
        # No window is ever shown, and matplotlib refuses to be imported if the variable names no backend.
        os.environ["MPLBACKEND"] = "agg"
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            # Nobody reads the output any more.
            give_up_output()
            sys.exit(1)
        except (InputError, click.ClickException, click.Abort, KeyboardInterrupt, OSError) as error:
            line, code = _explained(error)
            if isinstance(error, OutputError):
                give_up_output()
            say_error(line)
        sys.exit(code if isinstance(code, int) else 0)


def _explained(error: BaseException) -> tuple[str, int]:
    """Return what is printed for an error, in one line, and the exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return error.ctx.get_help() if error.ctx else "", 2
        case click.Abort() | KeyboardInterrupt():
            return "mihash-bench: interrupted", 130
        case OutputError():
            return f"mihash-bench: standard output: cannot be written ({error.strerror})", 1
        case click.ClickException():
            text = error.format_message()
        case OSError():
            # Of a file or folder that no option names, such as the folder for temporary files.
            text = _of_file(error)
        case _:
            text = str(error)
    return one_line(f"mihash-bench: {text}"), 2


def _of_file(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mihash-bench")
def main() -> None:
    """Benchmark online hashing: quality of the codes, number of hash table rebuilds, and cost.

    \b
    mihash-bench run      the default sweep on the embedded sample, about a minute on two cores
    mihash-bench plot     its curves (PDF, PNG) and tables (LaTeX, Markdown, CSV)
    """
    from mihash_bench.running.temporary import check_working_directory

    check_working_directory()


for verb in (
    run,
    plot,
    report,
    table,
    search,
    leaderboard,
    compare,
    export,
    status,
    verify,
    show,
    merge,
    remove,
    datasets,
    features,
    methods,
    metrics,
    presets,
    tune,
    new,
    check,
    reproduce_paper,
    doctor,
    completion,
):
    main.add_command(verb)
