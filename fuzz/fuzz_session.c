/* Session cookies: no token but those that were made here is one, and those come back as they were; what a token says
 * may be any JSON, or none.
 * Input: a token; then the same as the JSON of one, which a request loads, changes and keeps. */
#include "check.h"

#include "canteen/work.h"
#include "net/connection.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/response.h"
#include "web/session.h"

#include <string.h>

#define NAME CT_STR("session")

/* In the corpus, under this key. */
static const char vector[] = "AQABAgMEBQYHCAkKC9vLcHAr7NtHw4pfn3f3Y5wiw3SVUC5Y_mCi9MmvBE2Ep-rW";

static void prepare(ct_site *site)
{
    static const ct_app app = { .name = "app", .sessions = &ct_cookie_sessions };
    ct_problems problems = { 0 };
    if (site->keys)
        return;
    ct_site_init(site, &app, &problems);
    site->config = (ct_config){ .secret_key = "oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n",
                                .session_cookie_name = "session",
                                .session_cookie_domain = "",
                                .session_cookie_path = "/",
                                .session_lifetime = CT_DAY };
    ct_keys_prepare(site, &problems);
    ct_session_prepare(site, &problems);
    FUZZ_CHECK(site->keys && site->session_policy && !problems.count);
}

/* What a handler and templates do with a session. */
static void use_session(ct *c, const char *token)
{
    static struct ct_connection connection;
    ct_http1_header header = { .name = "Cookie", .name_length = 6 };
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return;
    char *line = ct_printf(c, "session=%s", token);
    header.value = line;
    header.value_length = (uint32_t)strlen(line);
    c->exchange.connection = &connection;
    c->exchange.head.headers = &header;
    c->exchange.head.header_count = 1;
    const ct_map *values = ct_session_values(c, "fuzz");
    for (uint32_t i = 0; i < values->count; i++)
        FUZZ_CHECK(strlen(ct_to_json(c, ct_session_value(c, values->pairs[i].key))) > 0);
    for (const ct_flashed *at = ct_flashes(c); at->message; at++)
        FUZZ_CHECK(at->category);
    ct_flash(c, NULL, "x");
    ct_session_set(c, "x", 1);
    ct_session_finish(c, ct_text(c, "ok"));
    ct_catch_end(c, &catch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ct_site site;
    struct ct c = { .site = &site, .is_request = true };
    ct_stored_session back;

    prepare(&site);
    c.arena = &c.exchange.arena;
    ct_arena_init(c.arena, NULL, (size_t)4 << 20);
    ct_str token = { (const char *)data, size };
    if (ct_session_open(site.keys, NAME, token, c.arena, &back))
        FUZZ_CHECK(ct_str_eq(token, ct_str_of(vector)));
    if (size <= ct_session_room(NAME)) {
        const ct_stored_session session = { .json = ct_arena_copy(c.arena, data, size), .saved = ct_now() };
        ct_buffer out = ct_buffer_in(c.arena);
        FUZZ_CHECK(ct_session_seal(site.keys, NAME, &session, &out));
        FUZZ_CHECK(ct_session_open(site.keys, NAME, (ct_str){ out.data, out.length }, c.arena, &back));
        FUZZ_CHECK(strcmp(back.json, session.json) == 0 && back.saved == session.saved && !back.permanent);
        use_session(&c, ct_buffer_text(&out));
    }
    ct_run_deferred(&c, NULL);
    ct_arena_finish(c.arena);
    return 0;
}
