"""The command ``mihash-bench``: its verbs and its error messages."""

import os
import sys
from typing import Any

import click

from mihash_bench.cli.datasets import datasets
from mihash_bench.cli.plot import plot
from mihash_bench.cli.presets import presets
from mihash_bench.cli.printing import complain
from mihash_bench.cli.reproduce import reproduce_paper
from mihash_bench.cli.results import export, status, table, verify
from mihash_bench.cli.run import run
from mihash_bench.cli.tune import tune
from mihash_bench.errors import InputError


class Verbs(click.Group):
    """A group of verbs. Errors are printed in one line, without usage text or traceback, and the exit code is 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line and exit with the verb's code (0, 1 or 130), or with 2 for bad input."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "", err=True)
            sys.exit(2)
        except (InputError, click.ClickException) as error:
            text = error.format_message() if isinstance(error, click.ClickException) else str(error)
            complain(f"mihash-bench: {' '.join(text.split())}")
            sys.exit(2)
        except BrokenPipeError:
            # Nobody reads the output any more. Stdout is redirected so that flushing it at exit does not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (click.Abort, KeyboardInterrupt):
            click.echo("mihash-bench: interrupted", err=True)
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mihash-bench")
def main() -> None:
    """Benchmark online hashing: quality of the codes, number of hash table rebuilds, and cost.

    \b
    mihash-bench run      the default sweep on the embedded sample, about a minute on two cores
    mihash-bench plot     its curves (PDF, PNG) and tables (LaTeX, Markdown, CSV)
    """


for verb in (run, plot, table, export, status, verify, datasets, presets, tune, reproduce_paper):
    main.add_command(verb)
