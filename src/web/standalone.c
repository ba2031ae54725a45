/* Work outside of requests has a `ct` of its own, without an exchange that anybody is connected to; its memory goes
 * when the work ends. A hook runs on one for all hooks of its kind, so what they allocate lives until the last of
 * them. */
#include "web/standalone.h"

#include "base/log.h"
#include "base/time.h"
#include "net/loop.h"
#include "net/offload.h"
#include "web/after.h"
#include "web/ct.h"
#include "web/database.h"

#include <stdio.h>
#include <stdlib.h>

static ct *open_work(const ct_site *site)
{
    struct ct *c = ct_xcalloc(1, sizeof(*c));
    ct_arena_init(&c->exchange.arena, NULL, 0);
    c->arena = &c->exchange.arena;
    c->site = site;
    c->deadline = INT64_MAX;
    return c;
}

static void close_work(ct *c)
{
    ct_run_deferred(c, NULL);
    ct_after_run(c);
    ct_arena_finish(c->arena);
    free(c);
}

/* ---- hooks ---- */

/* Whether an app is mounted before the mount too: its hooks run once. */
static bool seen_before(const ct_site *site, size_t mount)
{
    for (size_t i = 0; i < mount; i++)
        if (site->mounts[i]->app == site->mounts[mount]->app)
            return true;
    return false;
}

static bool run_hook(ct *c, ct_hook *hook, const ct_app *app, const char *when)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        ct_log_line(CT_LOG_ERROR, NULL, "a %s hook of the app %s failed: %s", when, app->name,
                    c->error_message ? c->error_message : "it stopped");
        return false;
    }
    hook(c);
    ct_catch_end(c, &catch);
    return true;
}

/* Up to the first that fails. */
static bool start_app(ct *c, const ct_app *app)
{
    for (ct_hook *const *hook = app->startup; hook && *hook; hook++)
        if (!run_hook(c, *hook, app, "startup"))
            return false;
    return true;
}

/* All of them: each may have something else to close. */
static void end_app(ct *c, const ct_app *app)
{
    for (ct_hook *const *hook = app->shutdown; hook && *hook; hook++)
        run_hook(c, *hook, app, "shutdown");
}

bool ct_run_startup(const ct_site *site)
{
    ct *c = open_work(site);
    ct_time timeout = site->config.startup_timeout;
    c->deadline = timeout ? ct_monotonic() + timeout : INT64_MAX;
    bool good = true;
    for (size_t i = 0; i < site->mount_count && good; i++)
        if (!seen_before(site, i))
            good = start_app(c, site->mounts[i]->app);
    close_work(c);
    return good;
}

void ct_run_shutdown(const ct_site *site)
{
    ct *c = open_work(site);
    for (size_t i = site->mount_count; i-- > 0;)
        if (!seen_before(site, i))
            end_app(c, site->mounts[i]->app);
    close_work(c);
    ct_databases_close(site);
}

/* ---- commands ---- */

typedef struct command_work {
    const ct_site *site;
    const struct ct_option_values *options;
    struct ct_test_state *test;
    ct_loop *loop;
    int (*run)(ct *c);
    int exit_code;
    bool bare; /* without hooks */
} command_work;

static int call_command(ct *c, int (*run)(ct *c))
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        fprintf(stderr, "%s: %s\n", c->site->app->name, c->error_message ? c->error_message : "stopped");
        return 1;
    }
    int code = run(c);
    ct_catch_end(c, &catch);
    return code >= 0 && code <= 255 ? code : 1; /* not cut to 8 bits: 256 is no success */
}

static void run_on_fiber(void *arg)
{
    command_work *work = arg;
    ct_fiber_park(0); /* until the loop turns, which ct_offload() and others ask for */
    if (work->bare || ct_run_startup(work->site)) {
        ct *c = open_work(work->site);
        c->options = work->options;
        c->test = work->test;
        work->exit_code = call_command(c, work->run);
        close_work(c);
        if (work->bare)
            ct_databases_close(work->site);
        else
            ct_run_shutdown(work->site);
    }
    work->loop->stop = true;
}

static int run_work(command_work *work)
{
    const ct_site *site = work->site;
    ct_loop loop;
    if (!ct_loop_init(&loop, (size_t)site->config.stack_size, 0))
        ct_die("cannot start the event loop: %m");
    loop.offload = ct_offload_create(&loop, (size_t)site->config.offload_threads);
    if (!loop.offload)
        ct_die("cannot start the event loop: %m");
    work->loop = &loop;
    if (!ct_fiber_start(loop.scheduler, run_on_fiber, work))
        ct_die("no memory for a stack of %" PRId64 " bytes (setting stack_size)", site->config.stack_size);
    ct_loop_run(&loop);
    ct_offload_destroy(loop.offload);
    ct_loop_finish(&loop);
    return work->exit_code;
}

int ct_run_work(const ct_site *site, int (*run)(ct *c), const struct ct_option_values *options)
{
    return run_work(&(command_work){ .site = site, .options = options, .run = run, .exit_code = 1 });
}

int ct_run_test_work(const ct_site *site, int (*run)(ct *c), struct ct_test_state *test)
{
    return run_work(&(command_work){ .site = site, .test = test, .run = run, .exit_code = 1 });
}

int ct_run_bare_work(const ct_site *site, int (*run)(ct *c), const struct ct_option_values *options)
{
    return run_work(&(command_work){ .site = site, .options = options, .run = run, .exit_code = 1, .bare = true });
}
