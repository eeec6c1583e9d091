import logging

from mihash_bench.compiling import compiled


def test_a_function_is_compiled_although_its_code_cannot_be_kept(caplog):
    made = {}
    # numba finds no folder for a function without a source file, as for one in a container that is read-only.
    exec(compile("def twice(x):\n    return 2 * x\n", "<nowhere>", "exec"), made)
    with caplog.at_level(logging.WARNING):
        twice = [compiled("int64(int64)")(made["twice"]) for _ in range(2)][1]
    assert twice(4) == 8
    assert caplog.text.count("compiled code cannot be kept") <= 1
