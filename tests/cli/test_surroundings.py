"""Full disks, closed streams, hostile names and files: one line, the right exit code, no traceback and no hang."""

import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .calling import call

SMALL = ["--method", "lsh", "--examples", "200", "--checkpoints", "3", "--trials", "1", "--bits", "8", "-j", "1"]
COMMAND = [sys.executable, "-m", "mihash_bench.cli"]
LONG = "x" * 300
# One figure, as pixels.
DRAW = ["plot", "--x", "examples", "--format", "png"]
TOO_LONG = "File name too long (allowed: the name of a "


def run(*arguments, **how):
    """Run the command in a process of its own, which must end by itself and never show a traceback."""
    environment = {**os.environ, **how.pop("env", {})}
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, env=environment, timeout=600, stdin=subprocess.DEVNULL, **how
    )
    assert b"Traceback" not in done.stdout + done.stderr, done.stderr.decode()
    return done


def shell(text, *arguments):
    """Run the command with redirections."""
    line = f'{" ".join(COMMAND)} "$@" {text}'
    return subprocess.run(["/bin/sh", "-c", line, "sh", *arguments], capture_output=True, timeout=600)


def refused(done, said):
    """Check that the command said one line and exited as for bad input."""
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines)) == (2, 1), done.stderr
    assert said in lines[0]


def refused_here(done, said):
    """Check the same of a command in this process."""
    lines = done.stderr.splitlines()
    assert (done.exit_code, len(lines)) == (2, 1), done.output
    assert said in lines[0]


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("surroundings") / "results"
    done = call("run", *SMALL, "--trigger", "on", "-o", folder, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    return folder


def below(kilobytes):
    """Limit the size of files, as a portable stand-in for a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    return limit


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 kB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mounted)], capture_output=True)
    if made.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {made.stderr.decode().strip()}")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def test_a_figure_on_a_full_disk_is_refused_and_leaves_nothing(results, tmp_path):
    done = run(*DRAW, str(results), "-o", str(tmp_path / "figures"), preexec_fn=below(1))
    refused(done, "-o: cannot write to")
    assert not list((tmp_path / "figures").iterdir())


def test_nothing_unfinished_stays_on_a_small_disk(results, small_disk):
    refused(run("plot", str(results), "--x", "examples", "-o", str(small_disk / "figures")), "-o: cannot write to")
    refused(run("datasets", "prepare", "sample", "--cache-dir", str(small_disk / "cache")), "--cache-dir: cannot use")
    left = [path for path in small_disk.rglob("*") if path.is_file() and path.parent.name not in (".locks", ".digests")]
    assert left == []


# Each verb prints in its own way; that a stream is closed is noticed before there is a verb.
@pytest.mark.parametrize(
    ("verb", "stream"),
    [(verb, ">/dev/full") for verb in ("--help", "table", "status", "verify", "run")]
    + [(verb, stream) for verb in ("--help", "run") for stream in (">&-", ">&- 2>&- <&-")],
)
def test_lost_output_gives_exit_code_1(results, cache_dir, verb, stream):
    if "full" in stream and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    more = {"--help": (), "run": (*SMALL, "--dry-run", "--cache-dir", str(cache_dir))}.get(verb, (str(results),))
    done = shell(stream, verb, *more)
    assert done.returncode == 1
    said = done.stderr.decode().splitlines()
    assert [line.startswith("mihash-bench: standard output: cannot be written") for line in said] == (
        [] if "2>&-" in stream else [True]
    )


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_an_error_that_cannot_be_printed_keeps_its_exit_code(tmp_path, stream):
    assert shell(stream, "table", str(tmp_path / "none")).returncode == 2


def test_a_sweep_without_standard_input_runs(cache_dir, tmp_path):
    done = shell("<&-", "run", *SMALL, "--trigger", "on", "-o", str(tmp_path), "--cache-dir", str(cache_dir))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list(tmp_path.rglob("*.h5"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "{}"], ["status", "{}"], ["verify", "{}"], ["plot", "{}"], ["export", "{}", "-o", "x.csv"],
        ["plot", ".", "-o", "{}"], ["export", ".", "-o", "{}"], ["run", "-o", "{}"], ["run", "--config", "{}"],
        ["run", "--data-dir", "{}"], ["run", "--cache-dir", "{}"], ["datasets", "list", "--data-dir", "{}"],
        ["reproduce-paper", "--data-dir", "{}"], ["tune", "-o", "{}"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_name_that_is_too_long_is_refused(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused_here(call(*(part.format(LONG) for part in arguments)), TOO_LONG)


@pytest.mark.parametrize("name", ["a/" * 2500, "é" * 200], ids=["path", "bytes"])
def test_a_name_is_too_long_by_its_path_or_its_bytes(name, tmp_path):
    refused(run("table", name, cwd=tmp_path), TOO_LONG)


def test_names_with_any_characters_can_be_used(results, tmp_path):
    names = [b"res\xff", b"results[1]", b"[red]x[/red]", b"a\nb", b"*?"]
    exports = [["export", "-o", os.fsdecode(name + b".csv")] for name in names[:2]]
    verbs = [*exports, ["table"], ["status"], ["verify"]]
    encodings = itertools.cycle(["ascii", "utf-8"])
    for name, verb, encoding in zip(names, verbs, encodings, strict=False):
        place = Path(os.fsdecode(name))
        shutil.copytree(results, tmp_path / place)
        done = run(verb[0], place, *verb[1:], cwd=tmp_path, env={"PYTHONIOENCODING": encoding})
        assert done.returncode == 0, (name, verb, done.stderr)


# Root can read every folder unless it gives up these capabilities.
DROPPED = "-dac_override,-dac_read_search"
AS_OTHERS = ["setpriv", f"--bounding-set={DROPPED}", f"--inh-caps={DROPPED}"] if os.geteuid() == 0 else []


@pytest.fixture
def unreadable(tmp_path):
    folder = tmp_path / "secret"
    (folder / "results").mkdir(parents=True)
    if AS_OTHERS and (not shutil.which("setpriv") or subprocess.run([*AS_OTHERS, "true"]).returncode != 0):
        pytest.skip("root cannot give up the right to read every folder here")
    folder.chmod(0)
    yield folder / "results"
    folder.chmod(0o700)


@pytest.mark.parametrize(
    "verb", [["table"], ["status"], ["verify"], ["plot"], ["export", "-o", "x.csv"], ["run", "-o"]]
)
def test_a_folder_below_an_unreadable_one_is_named(verb, unreadable):
    done = subprocess.run([*AS_OTHERS, *COMMAND, *verb, str(unreadable)], capture_output=True, timeout=600)
    refused(done, "Permission denied")
    assert str(unreadable) in done.stderr.decode()


@pytest.mark.parametrize("verb", [["run", "--dry-run"], ["tune"], ["reproduce-paper", "--dry-run"], ["plot"]])
def test_a_working_directory_that_goes_is_named(verb, tmp_path, cache_dir, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    refused_here(call(*verb, *(["--cache-dir", cache_dir] if verb[0] != "plot" else [])), "working directory")


@pytest.mark.parametrize("verb", [["run"], ["table"]])
def test_a_working_directory_that_is_gone_from_the_start_is_named(verb, tmp_path, cache_dir):
    gone = tmp_path / "gone"
    gone.mkdir()
    cache = ["--cache-dir", str(cache_dir)] if verb == ["run"] else []
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" && rmdir "$1" && shift && exec "$@" 2>&1 >/dev/null', "sh", str(gone), *COMMAND,
         *verb, *cache],
        capture_output=True, timeout=600,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, len(lines)) == (2, 1), lines
    assert "working directory" in lines[0]


def test_a_long_tmpdir_does_not_matter(tmp_path, cache_dir):
    folder = tmp_path / ("t" * 120)
    folder.mkdir()
    options = [*SMALL, "--trigger", "on", "-o", str(tmp_path / "results"), "--cache-dir", str(cache_dir)]
    assert run("run", *options, env={"TMPDIR": str(folder)}).returncode == 0


def test_a_backend_that_does_not_exist_changes_no_figure(results, tmp_path):
    (tmp_path / "matplotlibrc").write_text("backend: nope\n")
    for name, environment in (("a", {}), ("b", {"MPLBACKEND": "nope"})):
        where = tmp_path if name == "b" else tmp_path.parent
        done = run(*DRAW, str(results), "-o", name, "--no-provenance", cwd=where, env=environment)
        assert done.returncode == 0, done.stderr
    png = "curve-mAP-examples.png"
    assert (tmp_path / "b" / png).read_bytes() == (tmp_path.parent / "a" / png).read_bytes()
