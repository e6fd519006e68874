"""At which line of a profile's text each key stands."""

from registry.profile_lines import line_of, lines_of


class TestLines:
    def test_headers_keys_and_long_values(self) -> None:
        text = (
            'a = """\nb = 1\n"""\n[t]\nc = [ # ]\n  "]", 1,\n]\nd.e = 2\n'
            "[[r]]\nx = 1\n[[r]]\n[r.s]\ny = 1\n"
        )
        lines = lines_of(text)
        assert {key: lines[key] for key in ("a", "t", "t.c", "t.d.e", "r[0].x", "r[1].s.y")} == {
            "a": 1, "t": 4, "t.c": 5, "t.d.e": 8, "r[0].x": 10, "r[1].s.y": 13,
        }  # fmt: skip
        assert "b" not in lines

    def test_an_inner_key_is_found_at_what_holds_it(self) -> None:
        assert line_of("a[3].b.c", {"a": 7}) == 7
        assert line_of("z", {"a": 7}) == 1
