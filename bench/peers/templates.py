"""Renders the pages of bench/templates with Jinja2 or Django: prints nanoseconds a page, or writes the page.

usage: templates.py jinja|django FOLDER PAGE [SECONDS | --show]

The data is that of bench/templates.c: whoever changes one changes the other.
"""
import sys
import time


class Row:
    def __init__(self, **values):
        self.__dict__.update(values)


FORTUNES = [
    (0, "Additional fortune added at request time."),
    (1, "fortune: No such file or directory"),
    (2, "A computer scientist is someone who fixes things that aren't broken."),
    (3, "After enough decimal places, nobody gives a damn."),
    (4, "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1"),
    (5, "A computer program does what you tell it to do, not what you want it to do."),
    (6, "Emacs is a nice operating system, but I prefer UNIX. \u2014 Tom Christaensen"),
    (7, "Any program that runs right is obsolete."),
    (8, "A list is only as strong as its weakest link. \u2014 Donald Knuth"),
    (9, "Feature: A bug with seniority."),
    (10, "Computers make very fast, very accurate mistakes."),
    (11, '<script>alert("This should not be displayed in a browser alert box.");</script>'),
    (12, "\u30d5\u30ec\u30fc\u30e0\u30ef\u30fc\u30af\u306e\u30d9\u30f3\u30c1\u30de\u30fc\u30af"),
]
NOTES = [
    "a short note",
    "something to say about the order of last week & its parts",
    "nothing",
    "<b>bold</b> claims were made, and then taken back again",
]


def row(i):
    return Row(
        name=f"person number {i}",
        email=f"Person.{i}@Example.COM",
        note=NOTES[i % 4],
        amount=i * 1.37,
        nick="" if i % 3 else f"nick{i}",
    )


CONTEXTS = {
    "fortunes.html": {"fortunes": [Row(id=id, message=message) for id, message in FORTUNES]},
    "table.html": {"title": "Orders", "rows": [row(i) for i in range(1000)]},
    "nested.html": {"people": [row(i) for i in range(20)]},
}


def jinja_renderer(folder, page):
    import jinja2

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, auto_reload=False)
    template = environment.get_template(page)
    return lambda: template.render(**CONTEXTS[page])


def django_renderer(folder, page):
    from django.conf import settings
    from django.template import Context, engines

    settings.configure(
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.cached.Loader", [("django.template.loaders.filesystem.Loader", [folder])])
                    ]
                },
            }
        ]
    )
    import django

    django.setup()
    template = engines["django"].engine.get_template(page)
    return lambda: template.render(Context(CONTEXTS[page]))


def main():
    language, folder, page = sys.argv[1:4]
    render = {"jinja": jinja_renderer, "django": django_renderer}[language](folder, page)
    text = render()
    if sys.argv[4] == "--show":
        sys.stdout.buffer.write(text.encode())
        return
    seconds = float(sys.argv[4])
    best = None
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        rounds = 0
        start = time.perf_counter_ns()
        while time.perf_counter_ns() - start < 50_000_000:
            render()
            rounds += 1
        took = (time.perf_counter_ns() - start) / rounds
        best = took if best is None else min(best, took)
    print(f"{best:.0f}")


main()
