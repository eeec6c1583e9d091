"""Completion in bash, zsh and fish: click's, changed where its scripts cannot complete values with ``,`` and ``=``.

bash treats ``=`` and ``@`` as the end of a word, so that it would see three words in ``mihash.decay=0.1``. The fish
script cuts values at their first comma, and the zsh script replaces ``--method=`` together with the value after it.
"""

import os

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from mihash_bench.errors import InputError

PROGRAM = "mihash-bench"
VARIABLE = "_MIHASH_BENCH_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

BASH = """\
%(complete_func)s() {
    local response line type value
    response=$(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \\
%(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    while IFS= read -r line; do
        type=${line%%%%,*} value=${line#*,}
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                COMPREPLY+=("$value")
                [[ $value == *= ]] && compopt -o nospace
                ;;
        esac
    done <<< "$response"
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a response finished unfinished described
    local type value help
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
%(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for type value help in ${response}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $help != _ ]]; then
                    described+=("$value:$help")
                elif [[ $value == *= ]]; then
                    unfinished+=("$value")
                else
                    finished+=("$value")
                fi
                ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#finished )) && compadd -U -V unsorted -a finished
    (( $#unfinished )) && compadd -U -S '' -V unsorted -a unfinished
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
COMP_CWORD=(commandline -ct) %(prog_name)s 2>/dev/null)
    for completion in $response
        set -l parts (string split --max 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                printf '%%s\\n' $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _WholeWords(ShellComplete):
    """Completes to whole words, also after ``--option=``, and to nothing if names cannot be found."""

    def get_completions(self, args: list[str], incomplete: str) -> "list[CompletionItem[str]]":
        """Return what click finds, preceded by ``--option=`` if that is part of the word."""
        start = incomplete[: incomplete.index("=") + 1] if incomplete.startswith("--") and "=" in incomplete else ""
        try:
            found = super().get_completions(args, incomplete)
        except (InputError, click.ClickException):
            return []
        return [
            CompletionItem(start + item.value, item.type, item.help) if item.type == "plain" else item for item in found
        ]


@add_completion_class
class Bash(_WholeWords, BashComplete):
    """bash from version 4.4."""

    source_template = BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one that it is in."""
        line = os.environ["COMP_WORDS"]
        found = split_arg_string(line)
        incomplete = "" if line[-1:].isspace() or not found else found.pop()
        return found[1:], incomplete

    def get_completions(self, args: list[str], incomplete: str) -> "list[CompletionItem[str]]":
        """Return what replaces the part of the word after its last break, where an ``@`` belongs to that part."""
        breaks = os.environ.get("COMP_BREAKS", "")
        end = max((place + (mark != "@") for place, mark in enumerate(incomplete) if mark in breaks), default=0)
        found = super().get_completions(args, incomplete)
        return [
            CompletionItem(item.value[end:], item.type) if item.value.startswith(incomplete[:end]) else item
            for item in found
        ]


@add_completion_class
class Zsh(_WholeWords, ZshComplete):
    """zsh."""

    source_template = ZSH


@add_completion_class
class Fish(_WholeWords, FishComplete):
    """fish."""

    source_template = FISH
