/* Sites made of route tables, and what their routers say, as one line of text. */
#ifndef ROUTED_H
#define ROUTED_H

#include "base/common.h"
#include "web/router.h"
#include "web/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static ct_arena answers; /* what the answers are made of; emptied for each */

static inline ct_http_method method_of(const char *name)
{
    static const struct {
        const char *name;
        ct_http_method method;
    } known[] = { { "GET", CT_METHOD_GET },     { "HEAD", CT_METHOD_HEAD },       { "POST", CT_METHOD_POST },
                  { "PUT", CT_METHOD_PUT },     { "PATCH", CT_METHOD_PATCH },     { "DELETE", CT_METHOD_DELETE },
                  { "TRACE", CT_METHOD_TRACE }, { "OPTIONS", CT_METHOD_OPTIONS }, { "CONNECT", CT_METHOD_CONNECT } };
    for (size_t i = 0; i < CT_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].method;
    return CT_METHOD_OTHER;
}

/* The path in a block of its own length, so that reading beyond it is an error. */
static inline ct_match_result match_path(const ct_site *site, const char *host, const char *method, const char *path,
                                         ct_match *ret)
{
    static char *kept;
    size_t length = strlen(path);
    free(kept);
    kept = ct_xmalloc(length + (length == 0));
    memcpy(kept, path, length);
    ct_arena_reset(&answers);
    return ct_router_match(site, &answers, ct_str_of(host), method_of(method), ct_str_of(method),
                           (ct_str){ kept, length }, ret);
}

/* "polls.show id=7", "404 polls" (whose handlers answer), "405 GET, HEAD (polls)", "204 GET", "308 /a/", "400 why" */
static inline const char *answer_at(const ct_site *site, const char *host, const char *method, const char *path)
{
    ct_match match;
    memset(&match, 0xA5, sizeof(match));
    ct_match_result result = match_path(site, host, method, path, &match);
    const char *app = match.mount->app->name;
    ct_buffer text = ct_buffer_in(&answers);
    switch (result) {
    case CT_MATCH_FOUND:
        assert_ptr_equal(match.mount, match.endpoint->mount);
        ct_buffer_printf(&text, "%s", match.endpoint->name);
        for (uint32_t i = 0; i < match.endpoint->parameter_count; i++)
            ct_buffer_printf(&text, " %s=%.*s", match.endpoint->parameters[i], CT_STR_ARG(match.values[i]));
        break;
    case CT_MATCH_NOT_FOUND:
        ct_buffer_printf(&text, "404 %s", app);
        break;
    case CT_MATCH_METHOD:
        ct_buffer_printf(&text, "405 %s (%s)", match.allow, app);
        break;
    case CT_MATCH_OPTIONS:
        ct_buffer_printf(&text, "204 %s", match.allow);
        break;
    case CT_MATCH_REDIRECT:
        ct_buffer_printf(&text, "308 %s", match.location);
        break;
    case CT_MATCH_BAD:
        ct_buffer_printf(&text, "400 %s", match.reason);
        break;
    case CT_MATCH_NO_MEMORY:
        ct_buffer_printf(&text, "500");
        break;
    }
    if (result != CT_MATCH_FOUND)
        assert_null(match.endpoint);
    return ct_buffer_text(&text);
}

static inline void open_site(ct_site *site, const ct_app *app)
{
    ct_problems problems = { 0 };
    ct_site_init(site, app, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fail_msg("%s", problems.items[i].text);
    ct_problems_finish(&problems);
}

#endif
