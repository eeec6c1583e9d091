"""``mihash-bench doctor``: whether this installation works, and how fast."""

from pathlib import Path

import click

from mihash_bench.cli.options import cache_dir_option, results_option
from mihash_bench.cli.printing import say

EXAMPLE = """
\b
Examples:
  mihash-bench doctor
  mihash-bench doctor -o /scratch/results --json
"""


@click.command(epilog=EXAMPLE)
@results_option
@cache_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines for people.")
@click.pass_context
def doctor(ctx: click.Context, results: Path, cache_dir: Path | None, as_json: bool) -> None:
    """Check this installation: versions, cores, speed, locks, folders and processes.

    Each finding has one line. A note is about something that is missing but not needed, a problem makes runs slower or
    less safe, and without what is broken there are no runs. The line after it says what to do. Nothing is left behind
    in any folder.

    Exit codes: 0, nothing is broken; 1, something is.
    """
    from mihash_bench.doctor.examination import examine

    findings = []
    for finding in examine(results, cache_dir):
        findings.append(finding)
        if not as_json:
            say(f"{finding.state:<8} {finding.check}: {finding.said}")
        if not as_json and finding.advice:
            say(f"         -> {finding.advice}")
    broken = any(finding.state == "broken" for finding in findings)
    if as_json:
        import json

        click.echo(json.dumps({"works": not broken, "findings": [each.plain() for each in findings]}, indent=2))
    ctx.exit(1 if broken else 0)
