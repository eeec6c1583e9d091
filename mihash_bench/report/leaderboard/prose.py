"""The sentences of a leaderboard that do not depend on who is best."""

from math import sqrt

from mihash_bench.report.data.significance import CONFIDENCE, LEVEL
from mihash_bench.report.leaderboard.roles import AND_TUNED, DEFAULTS, GIVEN, TUNED
from mihash_bench.report.leaderboard.sources import (
    FEATURES,
    LABELS,
    NOTHING,
    PAIRS_BY_DISTANCE,
    PAIRS_BY_LABEL,
    STAND_IN,
)
from mihash_bench.report.tables.model import DIFFERS, EQUAL

WHAT = (
    "This page was written by `mihash-bench leaderboard` from run files; nothing in it was typed. There is a section "
    "for each dataset. Runs with another protocol, table policy or budget (such as another length of the stream or "
    "another interval between table decisions) have a section of their own, and no number of one section may be "
    "compared with one of another. An entry is a method with its parameters and with Trigger Update on or off. An "
    "entry with fewer trials than the others of its section is left out, and the end of the page says so."
)
MARKS = (
    f"The best mean of each column is bold. {DIFFERS} marks what is worse than the best in every trial and by the test "
    f"below the table; {EQUAL} marks what is not shown to be worse, which is no proof that it is as good. A rank is "
    "that of the mean and says nothing about the distance. Look at the marks first and at the ranks last."
)
PARAMETERS = (
    f'The column Parameters says where the parameters come from. "{DEFAULTS}": none was changed. "{GIVEN}": those in '
    f'parentheses were set in the sweep. "{TUNED}": the run is from a folder that was given with --tuned, and other '
    f'parameters of the method ran as well. "{DEFAULTS}{AND_TUNED}": tuning has chosen the defaults.'
)
LEARNING = (
    f'The column Learns from says what a method is given besides features. "{LABELS}": the label of each example. '
    f'"{PAIRS_BY_LABEL}": whether two examples share a label. "{PAIRS_BY_DISTANCE}": whether two examples are near '
    f'each other, as there are no labels. "{FEATURES}": features alone. "{NOTHING}": nothing is learned. A difference '
    "between methods of different kinds is also one of what they were told."
)
STAND_INS = (
    f"A section with {STAND_IN} in its title is of data that stand in for others, as the sentence below the title "
    "says. Its numbers are those of these data and neither confirm nor contradict any published one."
)
FRONTS = (
    "The Pareto front has the entries of which no other is at least as good at no more cost and better in one of the "
    "two; of entries that are equal in both, all are on it. The cost is bit recomputations: each time a row of the "
    "hash table is recoded, as many as the code has bits. A method that never changes its hash functions costs none. "
    "Entries beside the front may be equally good within the spread; the front is that of the means."
)
NO_TUNED = "No folder with tuned runs was given, so all entries have the parameters of their sweep."
TUNED_RUNS = (
    "Tuned runs are ordinary runs with parameters that were chosen before, on data that the queries of this page had "
    "no part in; see `mihash-bench tune`. Methods on one dataset must have had the same number of parameter sets to "
    "try, as far as their sweep files record it; the end of the page lists these numbers."
)


def trials_text(trials: int) -> str:
    """Return what so many trials can show and what not.

    With n trials, there are 2^n ways to flip the signs of the differences between two methods, and two of them are at
    least as extreme as the observed ones whatever these are, so that a two-sided p over trials is at least 2 / 2^n. The
    standard deviation of the distribution is ``s sqrt((n - 1) / q)`` with the sample's standard deviation s, where q is
    a quantile of chi-squared with n - 1 degrees of freedom.
    """
    if trials == 1:
        return "There is one trial: nothing here says how much the numbers would vary with another stream."
    # Imported late because it takes a quarter of a second.
    from scipy.stats import chi2

    least = 2 / 2**trials
    low, high = (sqrt((trials - 1) / chi2.ppf((1 + sign * CONFIDENCE) / 2, trials - 1)) for sign in (1, -1))
    alone = f"could not reject anything at the level {LEVEL}" if least > LEVEL else "would reject little"
    return (
        f"There are {trials} trials, each with its own stream and its own random start. A test over {trials} trials "
        f"{alone}, because its p is never below {least:g}; the test here is therefore over queries. What it says holds "
        f"for the hash functions of these trials; that the difference must have the same sign in every trial is the "
        f"only safeguard against another stream. The standard deviation of {trials} values is itself uncertain: for "
        f"normal values, that of further trials is between {low:.2f} and {high:.1f} times as large "
        f"({CONFIDENCE:.0%} confidence)."
    )
