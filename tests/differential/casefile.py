"""Reads the files of cases, cases/*.case, and spreads their tables out.

A file is read line by line. Lines that begin with '#' and empty lines between cases say nothing. What a line sets
holds for the cases after it:

    language: jinja                  or django
    options: trim_blocks, strict     flags, and NAME=VALUE ones; replaces those set before
    context: {"x": 1}                JSON, replaces that set before; goes on over lines that begin with a space
    page: page.txt                   the name of the template of one-line cases; page.html at first
    auto: yes                        each case is also run with the language left to the engine to find out

One-line cases: the source behind a mark, and perhaps more context behind ' @@ '.

    = {{ x|upper }}                  renders
    ! {{ x|nosuch }}                 fails
    ? {{ x|int }} @@ {"x": "a"}      does what it does in the reference
    = {{ x|lower }} {{ 1 }}           two cases: outputs without tags between them are cases of their own
    =\\ {% if x %}\\n{% endif %}        "=\\", "!\\", "?\\": the source has \\n, \\t, \\r, \\\\ and \\uXXXX

Tables: the source, with each line of the table in place of CELL, and with `v` as each value of a set
(cases/NAME.values: a label and JSON in each line; "missing" without JSON is not in the context). "awkward,-date" is
the set without that value.

    table awkward {{ v|CELL }}
      upper
      truncate(5)

Longer cases have a name, lines of `expect: error` or `expect: any`, `options:`, `context:` (added to the file's),
and templates, the first of which is rendered. A text ends before the next line that begins with '--- ' or '== ', or
that is '==='; empty lines and the newline at its end do not count.

    == a child fills the block
    --- page.html
    {% extends "base.html" %}
    --- base.html
    <{% block a %}{% endblock %}>
    ===

`== files` is no case: its templates are there for all the cases after it. `differs: REASON` with `gives: "TEXT"` (or
`gives: error`) is for cases where we do something else on purpose; with `differs:` among the lines before a one-line
case, it holds for that case alone. The mark still says what the reference does.

    generate: jinja 300 SEED         that many cases made by generate.py

Values in contexts: {"$safe": "<b>"}, {"$datetime": "2026-11-21T09:30:00Z"}, {"$ago": SECONDS} (a datetime so long
before now; after it, when negative).
"""

import json
import re
from pathlib import Path

import generate

FOLDER = Path(__file__).parent / "cases"
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


class CaseFileError(Exception):
    pass


def unescape(text):
    return re.sub(
        r"\\(u[0-9a-fA-F]{4}|.)",
        lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 5 else ESCAPES[m[1]],
        text,
    )


def visible(text):
    return re.sub(r"[\n\t\r]", lambda m: {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[m[0]], text)


def parse_options(text):
    options = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        options[name] = value if equals else True
    return options


def read_values(name):
    name, *without = name.split(",-")
    values = []
    for line in (FOLDER / f"{name}.values").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            label, _, value = line.partition(" ")
            if label not in without:
                values.append((label, {"v": json.loads(value)} if value.strip() else {}))
    return values


class CaseFile:
    def __init__(self, path):
        self.stem = path.stem
        self.lines = path.read_text("utf-8").split("\n")
        self.at = 0
        self.cases = []
        self.language = "jinja"
        self.options = {}
        self.context = {}
        self.page = "page.html"
        self.auto = False
        self.files = {}
        self.differs = {}

    def fail(self, why):
        raise CaseFileError(f"{self.stem}.case:{self.at}: {why}")

    def read(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if not line or line.startswith("#") or line == "===":
                continue
            if re.match(r"[=!?]\\? ", line):
                self.one_line(line)
            elif line.startswith("== "):
                self.block(line[3:].strip())
            elif line.startswith("table "):
                self.table(line)
            else:
                self.directive(line)
        return self.cases

    def add(self, name, templates, expect, context=None, **more):
        case = {
            "name": f"{self.stem}: {visible(name)}",
            "language": self.language,
            "auto": self.auto,
            "options": self.options,
            "main": next(iter(templates)),
            "templates": {**self.files, **templates},
            "context": {**self.context, **(context or {})},
            "expect": expect,
            **self.differs,
            **more,
        }
        self.differs = {}
        self.cases.append(case)

    def more(self):
        """The lines that begin with a space."""
        while self.at < len(self.lines) and self.lines[self.at].startswith(" "):
            self.at += 1
            yield self.lines[self.at - 1]

    def value(self, text):
        try:
            return json.loads("\n".join([text, *self.more()]))
        except ValueError as error:
            self.fail(error)

    def directive(self, line):
        key, colon, text = line.partition(":")
        text = text.strip()
        if key == "language":
            self.language = text
        elif key == "options":
            self.options = parse_options(text)
        elif key == "context":
            self.context = self.value(text)
        elif key == "page":
            self.page = text
        elif key == "auto":
            self.auto = text == "yes"
        elif key == "differs":
            self.differs["differs"] = text
        elif key == "gives":
            self.differs["gives"] = text if text == "error" else {"text": self.value(text)}
        elif key == "generate":
            language, count, seed = text.split()
            self.language = language
            for number, (source, files, context) in enumerate(generate.cases(language, int(count), int(seed))):
                self.add(f"{number}: {source}", {self.page: source, **files}, "generated", context)
        else:
            self.fail(f"what is {line!r}?")

    def one_line(self, line):
        mark, _, source = line.partition(" ")
        source, _, context = source.partition(" @@ ")
        if mark.endswith("\\"):
            source = unescape(source)
        expect = {"=": "text", "!": "error", "?": "any"}[mark[0]]
        sources = [source]
        if mark == "=" and not re.search(r"\{[%#]", source):
            sources = re.split(r"(?<=\}\}) (?=\{\{)|(?<=\}\}\|) (?=\{\{)", source)
        try:
            context = json.loads(context) if context else {}
        except ValueError as error:
            self.fail(error)
        given = " @@ " + json.dumps(context, ensure_ascii=False) if context else ""
        where = [] if self.page == "page.html" else [self.page]
        where += [name if value is True else f"{name}={value}" for name, value in self.options.items()]
        given += f" ({', '.join(where)})" if where else ""
        for source in sources:
            self.add(source + given, {self.page: source}, expect, context)

    def table(self, line):
        _, values, source = line.split(" ", 2)
        for cell in self.more():
            filled = source.replace("CELL", cell.strip())
            for label, context in read_values(values):
                self.add(f"{filled} of {label}", {self.page: filled}, "any", context)

    def block(self, name):
        expect, context, more, templates = "text", {}, {}, {}
        while self.at < len(self.lines) and not self.lines[self.at].startswith("--- "):
            line = self.lines[self.at]
            self.at += 1
            key, _, text = line.partition(":")
            text = text.strip()
            if key == "expect":
                expect = text
            elif key == "context":
                context = self.value(text)
            elif key == "options":
                more["options"] = parse_options(text)
            elif key == "differs":
                more["differs"] = text
            elif key == "gives":
                more["gives"] = text if text == "error" else {"text": self.value(text)}
            elif line:
                self.fail(f"what is {line!r}?")
        while self.at < len(self.lines) and self.lines[self.at].startswith("--- "):
            template = self.lines[self.at][4:].strip()
            self.at += 1
            start = self.at
            while self.at < len(self.lines) and not re.match(r"(--- |== |===$)", self.lines[self.at]):
                self.at += 1
            templates[template] = "\n".join(self.lines[start : self.at]).rstrip("\n")
        if not templates:
            self.fail(f"the case {name!r} has no template")
        if name == "files":
            self.files = templates
        else:
            self.add(name, templates, expect, context, **more)


def read(path):
    return CaseFile(Path(path)).read()
