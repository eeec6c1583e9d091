"""The command line in process."""

from click.testing import CliRunner, Result

from mihash_bench.cli.main import main


def call(*arguments: object) -> Result:
    """Run a command and return its output and exit code."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])
