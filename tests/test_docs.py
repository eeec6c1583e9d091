import re
import subprocess
import sys
from pathlib import Path

import pytest

from mihash_bench.cli.main import main

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_examples_of_the_api_page_run(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), flags=re.S)
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks))
    # Without a guard for __main__: runs are processes of their own that do not import the script again.
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()[-len(blocks) - 1 :]
    swept, learned, table, drawn, encoded, evaluated, by_hand, trial, batch, own = lines
    # MIHash with two step sizes and LSH, two code lengths, three checkpoints.
    assert swept == "18 ['', 'step_size=0.5'] True"
    assert learned == "True"
    assert table.startswith("| Dataset | Bits | Method | mAP | AUC |")
    assert drawn == "['curve-mAP-examples.png', 'curve-updates-examples.png']"
    assert encoded == "(5, 16) bool"
    assert evaluated == "['P@r2', 'mAP', 'mAP[ties=index]']"
    assert float(re.search(r"'mAP': ([\d.]+)", by_hand)[1]) > 0.5
    assert trial.startswith("[  0 200 400]")
    assert batch == "21 True (600, 12)"
    assert own == "(600, 8)"


@pytest.mark.parametrize("page", sorted(path.stem for path in (ROOT / "docs").glob("*.md") if path.stem != "index"))
def test_every_page_is_in_the_contents_of_the_site(page):
    assert f"\n{page}\n" in (ROOT / "docs" / "index.md").read_text()


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_the_readme_names_every_verb(verb):
    assert f"| `{verb}` |" in (ROOT / "README.md").read_text()
