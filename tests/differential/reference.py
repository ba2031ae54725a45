"""Renders cases with the Jinja2 and Django of the distribution: what ours is compared with.

    /usr/bin/python3 reference.py cases/NAME.case > NAME.results
    /usr/bin/python3 reference.py --summary cases/*.case         what they make of each case, for people

The results are one JSON object a line, a whole case each: name, language, auto, options, main (the template to
render), templates, context, and what came of it: "text", or "error" with the kind and the message. Where a case says
that we differ on purpose "text" or "error" is what ours shall be. "problem" says that the case itself is wrong: the
reference does not do what the case says of it.
"""

import json
import re
import sys
import warnings
from datetime import datetime, timedelta, timezone

import casefile

import django
import jinja2
import markupsafe
from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import mark_safe

settings.configure(
    USE_TZ=True,
    TIME_ZONE="UTC",
    USE_L10N=True,
    STATIC_URL="/static/",
    INSTALLED_APPS=["django.contrib.humanize", "django.contrib.staticfiles"],
)
django.setup()
warnings.simplefilter("ignore")

TAGS = "django.templatetags"
LIBRARIES = {name: f"{TAGS}.{name}" for name in ("cache", "i18n", "l10n", "static", "tz")}
LIBRARIES["humanize"] = "django.contrib.humanize.templatetags.humanize"

EXTENSIONS = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n", "jinja2.ext.debug"]
JINJA_OPTIONS = (
    "trim_blocks",
    "lstrip_blocks",
    "keep_trailing_newline",
    "line_statement_prefix",
    "line_comment_prefix",
)
NOW = datetime.now(timezone.utc)


def moment(time):
    return time.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def plain(value):
    """The context as it is written for our side: {"$datetime": ...} with six digits, and without {"$ago": ...}."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if "$ago" in value:
            return {"$datetime": moment(NOW - timedelta(seconds=value["$ago"]))}
        if "$datetime" in value:
            return {"$datetime": moment(datetime.fromisoformat(value["$datetime"]))}
        return {key: plain(item) for key, item in value.items()}
    return value


def python(value, safe):
    """The context as the libraries get it."""
    if isinstance(value, list):
        return [python(item, safe) for item in value]
    if isinstance(value, dict):
        if "$safe" in value:
            return safe(value["$safe"])
        if "$datetime" in value:
            return datetime.fromisoformat(value["$datetime"])
        return {key: python(item, safe) for key, item in value.items()}
    return value


def render_jinja(case, context):
    options = case["options"]
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(case["templates"]),
        autoescape=jinja2.select_autoescape(["html", "htm", "xml", "svg"]),
        extensions=EXTENSIONS,
        undefined=jinja2.StrictUndefined if "strict" in options else jinja2.Undefined,
        **{name: options[name] for name in JINJA_OPTIONS if name in options},
    )
    environment.install_null_translations(newstyle=True)
    return environment.get_template(case["main"]).render(context)


def read_as_file(text):
    """The text as Django's loader of files reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def render_django(case, context):
    templates = {name: read_as_file(text) for name, text in case["templates"].items()}
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", templates)],
        libraries=LIBRARIES,
        string_if_invalid=case["options"].get("string_if_invalid", ""),
    )
    return engine.get_template(case["main"]).render(Context(context))


def result_of(case):
    case["context"] = plain(case["context"])
    render, safe = (render_jinja, markupsafe.Markup) if case["language"] == "jinja" else (render_django, mark_safe)
    context = python(case["context"], safe)
    try:
        text = render(case, context)
        text.encode()
        return {"text": text}
    except RecursionError:
        raise
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def comparable(result):
    """Of generated cases: nothing that is another thing by design, such as addresses and integers over 64 bits."""
    return not re.search(r" at 0x|<(generator|built-in|class|map|filter)|\d{18}|dict_", result.get("text", ""))


def problem_of(case, result):
    expect = case.pop("expect")
    if expect == "text" and "error" in result:
        return f"the reference fails: {result['error']}"
    if expect == "error" and "text" in result:
        return f"the reference does not fail: {result['text']!r}"
    if "gives" in case and (case["gives"] == result or (case["gives"] == "error" and "error" in result)):
        return "the reference does not differ any more"
    return None


def finished(case):
    """The case with its result; None if it is none to compare."""
    result = result_of(case)
    if case["expect"] == "generated" and not comparable(result):
        return None
    problem = problem_of(case, result)
    if problem:
        case["problem"] = problem
    if "gives" in case:
        result = {"error": case["differs"]} if case["gives"] == "error" else case["gives"]
        del case["gives"]
    return {**case, **result}


def summarize(case):
    if "problem" in case:
        return f"PROBLEM {case['name']}\n    {case['problem']}"
    return f"{case['name']}\n    {case['text']!r}" if "text" in case else f"{case['name']}\n    ! {case['error']}"


def main(arguments):
    summary = arguments[:1] == ["--summary"]
    for path in arguments[summary:]:
        for case in filter(None, map(finished, casefile.read(path))):
            print(summarize(case) if summary else json.dumps(case, ensure_ascii=False))


sys.stdout.reconfigure(encoding="utf-8")
main(sys.argv[1:])
