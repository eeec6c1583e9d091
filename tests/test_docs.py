import re
import subprocess
import sys
from pathlib import Path

import pytest

from mihash_bench.cli.main import main

ROOT = Path(__file__).parent.parent


def test_the_examples_of_the_api_page_run(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), flags=re.S)
    assert len(blocks) == 4
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second, third, fourth = done.stdout.splitlines()
    assert float(re.search(r"'mAP': ([\d.]+)", first)[1]) > 0.5
    assert second.startswith("[  0 200 400]")
    assert third == "21 True (600, 12)"
    assert fourth == "(600, 8)"


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_the_readme_names_every_verb(verb):
    assert f"| `{verb}` |" in (ROOT / "README.md").read_text()
