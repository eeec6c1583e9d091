from mihash_bench.report.figures.style import KNOWN, MARKERS, PALETTE, VARIANT_LINES, looks


def test_known_methods_keep_their_style_in_every_figure():
    few, many = looks([("osh", "")]), looks([(name, "") for name in KNOWN] + [("mine", ""), ("mihash", "step_size=2")])
    assert few["osh", ""] == many["osh", ""]
    assert len(set(many.values())) == len(many)
    assert many["mihash", ""].colour == many["mihash", "step_size=2"].colour


def test_other_methods_keep_their_style_unless_it_is_taken():
    alone, among = looks([("mine", "")]), looks([("mine", ""), *((name, "") for name in KNOWN)])
    assert alone["mine", ""] == among["mine", ""]


def test_no_two_methods_share_a_colour_as_far_as_the_palette_goes():
    others = [f"method{number}" for number in range(len(PALETTE) - len(KNOWN))]
    appearance = looks([(name, "") for name in (*KNOWN, *others)])
    assert {look.colour for look in appearance.values()} == set(PALETTE)


def test_colours_of_known_methods_that_are_absent_are_free_for_others():
    others = [f"method{number}" for number in range(len(PALETTE) - 1)]
    appearance = looks([(name, "") for name in ("mihash", *others)])
    assert len({look.colour for look in appearance.values()}) == len(PALETTE)


def test_more_methods_than_colours_still_differ_in_their_marker():
    appearance = looks([(f"method{number}", "") for number in range(len(PALETTE) + 3)])
    assert len(set(appearance.values())) == len(appearance)


def test_styles_do_not_depend_on_the_order_of_the_runs():
    series = [("b", ""), ("a", "x=1"), ("a", ""), ("osh", "")]
    assert looks(series) == looks(series[::-1])


def test_variants_of_a_method_differ_by_marker_and_the_default_keeps_its_own():
    appearance = looks([("osh", ""), *(("osh", f"x={number}") for number in range(len(MARKERS) - 1))])
    assert len({look.colour for look in appearance.values()}) == 1
    assert len({look.marker for look in appearance.values()}) == len(MARKERS)
    assert len({look.line for look in appearance.values()}) == len(VARIANT_LINES) + 1
    assert looks([("osh", "x=0")])["osh", "x=0"].marker != appearance["osh", ""].marker


def test_a_method_whose_name_is_not_utf_8_has_a_style():
    assert looks([("a\udcff", "")])["a\udcff", ""].colour in PALETTE
