from base64 import b64decode

import numpy as np

from mihash_bench.report.html.numbers import Numbers


def test_equal_arrays_are_stored_once_and_read_back_unchanged():
    numbers = Numbers()
    values = np.array([0.1, np.nan, 3e9])
    first = numbers.add(values, "Float64Array")
    assert numbers.add(values.tolist(), "Float64Array") == first
    assert numbers.add(values, "Float32Array") != first
    [kind, text], _ = numbers.listed()
    assert kind == "Float64Array"
    np.testing.assert_array_equal(np.frombuffer(b64decode(text), "<f8"), values)
