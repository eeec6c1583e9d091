import gzip
import json
from base64 import b64decode

from mihash_bench.report.html.script_text import json_text, packed

HOSTILE = "</script><!--<script>alert(1)\u2028\u2029&\x1b[31m\n'\"\\"


def test_json_in_a_page_ends_no_script_and_is_read_back():
    text = json_text({"title": HOSTILE, "nan": float("nan"), "inf": float("inf"), "number": 0.1})
    assert not set("<>&\u2028\u2029\n") & set(text)
    assert text.isascii()
    read = json.loads(text)
    assert read["title"] == "</script><!--<script>alert(1)\\u2028\\u2029&\\x1b[31m '\"\\"
    assert (read["nan"], read["inf"], read["number"]) == (None, None, 0.1)


def test_a_packed_text_has_the_same_characters_at_any_time():
    assert packed("plotly") == packed("plotly")
    assert gzip.decompress(b64decode(packed("plotly"))) == b"plotly"
