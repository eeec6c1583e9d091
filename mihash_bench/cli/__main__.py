"""``python -m mihash_bench.cli``."""

from mihash_bench.cli.main import main

main()
