"""The tables on what a user gives: how scalars are typed, and which source wins."""

from __future__ import annotations

from tests.values.rows import REFUSED, Row

EXACT = "Helm reads integers as floats; here they stay exact"
DUPLICATE = "in Helm the last one wins in silence"

TYPING: dict[str, Row] = {
    **{
        f"true:{word}": Row(mine=f"a: {word}\n", expected={"a": True})
        for word in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")
    },
    **{
        f"false:{word}": Row(mine=f"a: {word}\n", expected={"a": False})
        for word in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")
    },
    **{f"null:{word}": Row(mine=f"a: {word}\n", expected={"a": None}) for word in ("", "~", "null", "Null", "NULL")},
    **{
        f"text:{word}": Row(mine=f"a: {word}\n", expected={"a": word})
        for word in ("yEs", "tRUE", "1:30", "1:30:45", "2020-01-01", "2020-01-01T10:00:00Z", "1.2.3", "v1")
    },
    **{
        f"quoted:{word}": Row(mine=f"a: '{word}'\n", expected={"a": word})
        for word in ("yes", "null", "0777", "1", "1.5", "")
    },
    **{
        f"number:{word}": Row(mine=f"a: {word}\n", expected={"a": number})
        for word, number in {
            "0777": 511,
            "0o777": 511,
            "012": 10,
            "0x1F": 31,
            "0b11": 3,
            "1_000": 1000,
            "-7": -7,
            "1.5": 1.5,
            "1e3": 1000,
            "12345678901": 12345678901,
            "9007199254740992": 2**53,
        }.items()
    },
    "key:true": Row(mine="yes: 1\n", expected={"true": 1}),
    "key:false": Row(mine="off: 1\n", expected={"false": 1}),
    "key:one-letter": Row(mine="y: 1\n", expected={"true": 1}),
    "key:number": Row(mine="1: a\n", expected={"1": "a"}),
    "key:fraction": Row(mine="1.5: a\n", expected={"1.5": "a"}),
    "key:null": Row(mine="null: 1\n", expected=REFUSED),
    "integer:above-53-bits": Row(mine="a: 9007199254740993\n", expected={"a": 2**53 + 1}, differs=EXACT),
    "integer:above-64-bits": Row(mine="a: 18446744073709551617\n", expected={"a": 2**64 + 1}, differs=EXACT),
    "integer:of-json-above-53-bits": Row(
        flags="--set-json a=9007199254740993", expected={"a": 2**53 + 1}, differs=EXACT
    ),
    "integer:of-set-is-exact": Row(flags="--set a=9007199254740993", expected={"a": 2**53 + 1}),
    "infinite": Row(mine="a: .inf\n", expected=REFUSED),
    "no-number": Row(mine="a: .nan\n", expected=REFUSED),
    "too-large": Row(mine="a: 1e400\n", expected=REFUSED, differs="in Helm a number too large becomes text"),
    "binary": Row(mine="a: !!binary aGVsbG8=\n", expected={"a": "hello"}),
    "duplicate-key": Row(mine="a: 1\na: 2\n", expected=REFUSED, differs=DUPLICATE),
    "duplicate-key:nested": Row(mine="a: {b: 1, b: 2}\n", expected=REFUSED, differs=DUPLICATE),
    "anchor": Row(mine="a: &x {b: 1}\nc: *x\n", expected={"a": {"b": 1}, "c": {"b": 1}}),
    "merge-key": Row(
        mine="a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", expected={"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}
    ),
    "merge-key:list": Row(
        mine="x: &x {b: 1}\ny: &y {b: 2, c: 2}\nd:\n  <<: [*x, *y]\n",
        expected={"x": {"b": 1}, "true": {"b": 2, "c": 2}, "d": {"b": 1, "c": 2}},
    ),
    "no-mapping": Row(mine="- a\n", expected=REFUSED),
    "text-only": Row(mine="abc\n", expected=REFUSED),
    "bad-yaml": Row(mine="a: [\n", expected=REFUSED),
    "chart:no-mapping": Row(values="- a\n", expected=REFUSED),
}

PRECEDENCE: dict[str, Row] = {
    "chart": Row(values="a: chart\n", expected={"a": "chart"}),
    "file-over-chart": Row(values="a: chart\n", mine="a: mine\n", expected={"a": "mine"}),
    "file-over-file": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "a: 1\nb: 1\n", "two.yaml": "a: 2\n"},
        expected={"a": 2, "b": 1},
    ),
    "files-of-one-flag": Row(
        flags="-f two.yaml,one.yaml",
        files={"one.yaml": "a: 1\n", "two.yaml": "a: 2\nb: 2\n"},
        expected={"a": 1, "b": 2},
    ),
    "json-over-file": Row(mine="a: mine\n", flags="""--set-json 'a="json"'""", expected={"a": "json"}),
    "set-over-json": Row(flags="""--set a=set --set-json 'a="json"'""", expected={"a": "set"}),
    "string-over-set": Row(flags="--set-string a=1 --set a=2", expected={"a": "1"}),
    "file-contents-over-string": Row(
        flags="--set-file a=text --set-string a=1", files={"text": "of file"}, expected={"a": "of file"}
    ),
    "literal-over-file-contents": Row(
        flags="--set-literal a=x,y --set-file a=text", files={"text": "of file"}, expected={"a": "x,y"}
    ),
    "left-to-right": Row(flags="--set a=1 --set a=2,a=3", expected={"a": 3}),
    "all-at-once": Row(
        values="a: 0\nb: 0\nc: 0\nd: 0\ne: 0\nf: 0\ng: 0\n",
        mine="b: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\n",
        flags=(
            "--set-literal g=6 --set-file f=text,g=text --set-string e=4,f=4,g=4 --set d=3,e=3,f=3,g=3 "
            "--set-json c=2,d=2,e=2,f=2,g=2"
        ),
        files={"text": "5"},
        expected={"a": 0, "b": 1, "c": 2, "d": 3, "e": "4", "f": "5", "g": "6"},
    ),
    "standard-input": Row(flags="-f -", stdin="a: 1\n", expected={"a": 1}),
    "empty-file": Row(values="a: 1\n", mine="", expected={"a": 1}),
    "null-document": Row(values="a: 1\n", mine="null\n", expected={"a": 1}),
    "comments-only": Row(values="a: 1\n", mine="# nothing\n", expected={"a": 1}),
    "file-missing": Row(flags="-f nowhere.yaml", expected=REFUSED),
    "mappings-merge": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "m: {a: {x: 1, z: 1}, b: 1}\n", "two.yaml": "m: {a: {z: 2}}\n"},
        expected={"m": {"a": {"x": 1, "z": 2}, "b": 1}},
    ),
    "lists-are-replaced": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "l: [1, 2, 3]\n", "two.yaml": "l: [4]\n"},
        expected={"l": [4]},
    ),
    "text-replaces-mapping": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "a: {b: 1}\n", "two.yaml": "a: text\n"},
        expected={"a": "text"},
    ),
    "mapping-replaces-text": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "a: text\n", "two.yaml": "a: {b: 1}\n"},
        expected={"a": {"b": 1}},
    ),
    "null-replaces-mapping": Row(
        flags="-f one.yaml -f two.yaml",
        files={"one.yaml": "a: {b: 1}\n", "two.yaml": "a: null\n"},
        expected={"a": None},
    ),
    "chart's-documents-merge": Row(
        values="a: {x: 1, z: 1}\n---\na: {z: 2}\nb: 2\n", expected={"a": {"x": 1, "z": 2}, "b": 2}
    ),
    "index-beyond-chart's-list": Row(values="x: [1, 2, 3]\n", flags="--set x[1]=9", expected={"x": [None, 9]}),
    "index-in-file's-list": Row(mine="x: [1, 2, 3]\n", flags="--set x[1]=9", expected={"x": [1, 9, 3]}),
    "key-in-file's-mapping": Row(mine="x: {a: 1, b: 1}\n", flags="--set x.b=2", expected={"x": {"a": 1, "b": 2}}),
    "files-of-set-file-are-text": Row(
        flags="--set-file a=one,b.c=two",
        files={"one": "1\n", "two": " yes "},
        expected={"a": "1\n", "b": {"c": " yes "}},
    ),
    "file-of-set-file-unnamed": Row(flags="--set-file a=", expected={"a": ""}),
    "file-of-set-file-missing": Row(flags="--set-file a=nowhere", expected=REFUSED),
}
