"""The database tests of TechEmpower by Django's models and templates. DATABASE is libpq's URL."""
import os
from random import randint
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

url = urlsplit(os.environ["DATABASE"])
options = {key: values[0] for key, values in parse_qs(url.query).items()}
settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not a secret",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "HOST": options.get("host", url.hostname),
            "PORT": options.get("port", url.port),
            "USER": options.get("user", url.username),
            "PASSWORD": url.password or "",
            "CONN_MAX_AGE": None,
        }
    },
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [os.path.join(os.path.dirname(__file__), "data")],
            "OPTIONS": {
                "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])]
            },
        }
    ],
)
django.setup()


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    randomNumber = models.IntegerField(db_column="randomnumber")

    class Meta:
        app_label = "peer"
        db_table = "world"

    def as_dict(self):
        return {"id": self.id, "randomNumber": self.randomNumber}


class Fortune(models.Model):
    id = models.IntegerField(primary_key=True)
    message = models.CharField(max_length=2048)

    class Meta:
        app_label = "peer"
        db_table = "fortune"


def wanted(request):
    try:
        return min(max(int(request.GET.get("queries", 1)), 1), 500)
    except ValueError:
        return 1


def random_worlds(count):
    return [World.objects.get(id=randint(1, 10000)) for _ in range(count)]


def db(request):
    return JsonResponse(World.objects.get(id=randint(1, 10000)).as_dict())


def queries(request):
    return JsonResponse([world.as_dict() for world in random_worlds(wanted(request))], safe=False)


def fortunes(request):
    found = list(Fortune.objects.all())
    found.append(Fortune(id=0, message="Additional fortune added at request time."))
    found.sort(key=lambda fortune: fortune.message)
    return HttpResponse(engines["django"].get_template("fortunes.html").render({"fortunes": found}))


def updates(request):
    worlds = random_worlds(wanted(request))
    for world in worlds:
        world.randomNumber = randint(1, 10000)
    World.objects.bulk_update(sorted(worlds, key=lambda world: world.id), ["randomNumber"])
    return JsonResponse([world.as_dict() for world in worlds], safe=False)


urlpatterns = [path("db", db), path("queries", queries), path("fortunes", fortunes), path("updates", updates)]

app = get_wsgi_application()
