/* Which driver a URL asks for, and how URLs are shown. */
#include "base/buffer.h"
#include "db/postgres.h"
#include "db/site.h"
#include "db/sqlite.h"

static const ct_db_driver *const drivers[] = { &ct_sqlite_driver, &ct_postgres_driver };

const ct_db_driver *ct_db_driver_of(ct_str scheme)
{
    for (size_t i = 0; i < CT_COUNT(drivers); i++) {
        ct_str rest = ct_str_of(drivers[i]->schemes);
        for (ct_str name = ct_str_next(&rest, ','); name.data; name = ct_str_next(&rest, ','))
            if (ct_str_eq_nocase(name, scheme))
                return drivers[i];
    }
    return NULL;
}

const char *ct_db_schemes(ct_arena *arena)
{
    ct_buffer out = ct_buffer_in(arena);
    for (size_t i = 0; i < CT_COUNT(drivers); i++)
        ct_buffer_printf(&out, "%s%s", i ? ", " : "", drivers[i]->schemes);
    return ct_buffer_text(&out);
}

/* A query parameter's value, up to '&'. */
static const char *end_of_value(const char *text)
{
    return text + strcspn(text, "&");
}

/* The password before the last '@' of the part with the host, and that of ?password= (libpq takes both). */
const char *ct_db_url_shown(ct_arena *arena, const char *url)
{
    ct_buffer out = ct_buffer_in(arena);
    const char *host = strstr(url, "://"), *at = url;
    if (host) {
        host += 3;
        const char *end = host + strcspn(host, "?#"), *colon = memchr(host, ':', (size_t)(end - host));
        const char *mark = memrchr(host, '@', (size_t)(end - host));
        if (mark && colon && colon < mark) {
            ct_buffer_append(&out, url, (size_t)(colon + 1 - url));
            ct_buffer_str(&out, CT_STR("***"));
            at = mark;
        }
    }
    for (const char *word; (word = strcasestr(at, "password=")) != NULL; at = end_of_value(word)) {
        word += sizeof("password=") - 1;
        ct_buffer_append(&out, at, (size_t)(word - at));
        ct_buffer_str(&out, CT_STR("***"));
    }
    ct_buffer_append(&out, at, strlen(at));
    return ct_buffer_text(&out);
}
