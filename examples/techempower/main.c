/* The seven tests of the TechEmpower framework benchmarks, with the framework's ordinary means and default settings.
 *
 *     export DATABASE_URL=postgresql:///techempower
 *     techempower migrate
 *     techempower fill                # 10,000 rows of World, 12 of Fortune
 *     techempower run --no-access-log
 *
 * What each test asks for is written at
 * https://github.com/TechEmpower/FrameworkBenchmarks/wiki/Project-Information-Framework-Tests-Overview */
#include <canteen.h>
#include <string.h>
#include <unistd.h>

#define WORLDS 10000

CT_MODEL(World, (integer, randomNumber, .column = "randomnumber"), (options, .table = "world"));
CT_MODEL(Fortune, (text, message, .max_length = 2048), (options, .table = "fortune"));

CT_MIGRATIONS(techempower);

extern const ct_files template_files; /* the folder templates, as `canteen embed` writes it */

/* ---- random numbers ---- */

/* From 1 to 10,000 (xorshift64*). Each worker has a row of its own. */
static int64_t random_number(void)
{
    static uint64_t state;
    if (!state)
        state = (uint64_t)ct_now() ^ (uint64_t)getpid() << 40;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (int64_t)((state * 0x2545f4914f6cdd1d >> 33) % WORLDS) + 1;
}

/* How many rows a request asks for: 1 to 500; 1 where it does not say so. */
static size_t wanted(ct *c, const char *name)
{
    const char *text = ct_query(c, name);
    size_t count = 0;
    for (; text && *text >= '0' && *text <= '9' && count <= 500; text++)
        count = count * 10 + (size_t)(*text - '0');
    if (!text || *text != '\0' || count < 1)
        return count > 500 ? 500 : 1;
    return count > 500 ? 500 : count;
}

/* ---- the tests ---- */

static ct_response *plaintext(ct *c)
{
    return ct_text(c, "Hello, World!");
}

static ct_response *json(ct *c)
{
    return ct_json(c, KV("message", "Hello, World!"));
}

static ct_response *db(ct *c)
{
    return ct_json_row(c, ct_first_or_404(c, World, .id = EQ(random_number())));
}

static ct_list(World) *random_worlds(ct *c, size_t count)
{
    ct_list(World) *worlds = ct_list_new(c, World);
    while (count-- > 0)
        ct_list_add(worlds, ct_first_or_404(c, World, .id = EQ(random_number())));
    return worlds;
}

static ct_response *queries(ct *c)
{
    return ct_json_rows(c, random_worlds(c, wanted(c, "queries")));
}

static int by_message(const Fortune *a, const Fortune *b)
{
    return strcmp(a->message, b->message);
}

static ct_response *fortunes(ct *c)
{
    ct_list(Fortune) *fortunes = ct_select(c, Fortune);
    ct_list_add(fortunes, ct_row_new(c, Fortune, .message = "Additional fortune added at request time."));
    ct_list_sort(fortunes, by_message);
    return ct_render(c, "fortunes.html", V(fortunes));
}

static int by_id(const World *a, const World *b)
{
    return (a->id > b->id) - (a->id < b->id);
}

static ct_response *updates(ct *c)
{
    ct_list(World) *worlds = random_worlds(c, wanted(c, "queries"));
    for (size_t i = 0; i < ct_list_count(worlds); i++)
        ct_list_at(worlds, i)->randomNumber = random_number();
    ct_list_sort(worlds, by_id);
    ct_bulk_update(c, worlds, "randomNumber");
    return ct_json_rows(c, worlds);
}

/* ---- a cache of the rows, filled by each worker's first request for it ---- */

static int64_t cached[WORLDS + 1];

static void fill_cache(ct *c)
{
    static bool filled;
    if (filled)
        return;
    ct_each(c, World, world, .id = BETWEEN(1, WORLDS)) {
        cached[world->id] = world->randomNumber;
    }
    filled = true;
}

static ct_response *cached_worlds(ct *c)
{
    fill_cache(c);
    ct_list(World) *worlds = ct_list_new(c, World);
    for (size_t count = wanted(c, "count"); count > 0; count--) {
        int64_t id = random_number();
        ct_list_add(worlds, ct_row_new(c, World, .id = id, .randomNumber = cached[id]));
    }
    return ct_json_rows(c, worlds);
}

/* ---- the tables ---- */

static const char *const messages[] = {
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren't broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. — Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    "<script>alert(\"This should not be displayed in a browser alert box.\");</script>",
    "フレームワークのベンチマーク",
};

static int fill(ct *c)
{
    ct_atomic(c) {
        ct_delete_where(c, World);
        ct_delete_where(c, Fortune);
        ct_list(World) *worlds = ct_list_new(c, World);
        for (int64_t id = 1; id <= WORLDS; id++)
            ct_list_add(worlds, ct_row_new(c, World, .id = id, .randomNumber = random_number()));
        ct_bulk_create(c, worlds);
        ct_list(Fortune) *fortunes = ct_list_new(c, Fortune);
        for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++)
            ct_list_add(fortunes, ct_row_new(c, Fortune, .id = (int64_t)i + 1, .message = messages[i]));
        ct_bulk_create(c, fortunes);
    }
    return 0;
}

static const ct_app app = {
    .name = "techempower",
    .templates = "templates",
    .embedded = &template_files,
    .models = MODELS(World, Fortune),
    .migrations = techempower_migrations,
    .routes = ROUTES(GET("/plaintext", plaintext), GET("/json", json), GET("/db", db), GET("/queries", queries),
                     GET("/fortunes", fortunes), GET("/updates", updates), GET("/cached-queries", cached_worlds)),
    .commands = COMMANDS(COMMAND("fill", fill, .help = "Fill the tables with what the tests ask for")),
};

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
