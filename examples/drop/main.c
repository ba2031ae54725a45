/* A place to drop text and files: whoever has the link can see them, whoever dropped them can take them away.
 *
 * There is no database: a drop is one file in the storage, below a name that nobody guesses ("Kx7f2qbnE0aW/notes.txt").
 * Which drops are one's own is remembered in one's session. A link that is good for an hour is the name, signed. Start
 * it from the project's root with
 *     CANTEEN_DEBUG=true drop run
 * and open http://127.0.0.1:8000/. The tests are in tests.c: `drop test`. */
#include "drop.h"

#include <string.h>

#define ID_LENGTH 16
#define MOST_MINE 20          /* more are still there, but not remembered as one's own */
#define MOST_SHOWN (64 << 10) /* bytes of a text that its page shows */
#define LINK_TIME CT_HOUR

/* ---- drops ---- */

/* "ID/name" in the storage; aborts with 404 where there is none. */
static const char *find_drop(ct *c, const char *id)
{
    const char *const *names = ct_storage_list(c, ct_printf(c, "%s/", id));
    if (!names[0])
        ct_abort(c, 404, "there is no such drop, or it has been taken away");
    return names[0];
}

static const char *name_of(const char *stored)
{
    return strchr(stored, '/') + 1;
}

static bool is_text(const char *stored)
{
    size_t length = strlen(stored);
    return length > 4 && strcmp(stored + length - 4, ".txt") == 0;
}

/* ---- whose they are ---- */

static ct_array *my_ids(ct *c)
{
    ct_value mine = ct_session_value(c, "mine");
    ct_array *ids = ct_array_new(c);
    for (size_t i = 0; mine.type == CT_VALUE_ARRAY && i < ct_array_count(mine.array); i++)
        ct_array_add_value(ids, ct_array_at(mine.array, i));
    return ids;
}

static bool is_mine(ct *c, const char *id)
{
    ct_array *ids = my_ids(c);
    for (size_t i = 0; i < ct_array_count(ids); i++)
        if (strcmp(ct_array_at(ids, i).text, id) == 0)
            return true;
    return false;
}

/* The newest first; an id that is there already is not added. */
static void remember(ct *c, const char *id)
{
    ct_array *before = my_ids(c), *now = ct_array_new(c);
    ct_array_add(now, id);
    for (size_t i = 0; i < ct_array_count(before) && i + 1 < MOST_MINE; i++)
        ct_array_add_value(now, ct_array_at(before, i));
    ct_session_set(c, "mine", now);
    ct_session_permanent(c, true);
}

static void forget(ct *c, const char *id)
{
    ct_array *before = my_ids(c), *now = ct_array_new(c);
    for (size_t i = 0; i < ct_array_count(before); i++)
        if (strcmp(ct_array_at(before, i).text, id) != 0)
            ct_array_add_value(now, ct_array_at(before, i));
    ct_session_set(c, "mine", now);
}

/* ---- pages ---- */

static ct_response *show(ct *c)
{
    const char *id = ct_path(c, "id"), *stored = find_drop(c, id), *text = NULL;
    int64_t size = ct_storage_size(c, stored);
    if (is_text(stored) && size <= MOST_SHOWN)
        text = ct_storage_bytes(c, stored).data;
    return ct_render(c, "drop/show.html", V(id), V(size), V(text), KV("name", name_of(stored)),
                     KV("mine", is_mine(c, id)), KV("link", ct_sign(c, "drop", id)));
}

static ct_response *index_page(ct *c)
{
    ct_array *ids = my_ids(c), *mine = ct_array_new(c);
    for (size_t i = 0; i < ct_array_count(ids); i++) {
        const char *id = ct_array_at(ids, i).text, *const *names = ct_storage_list(c, ct_printf(c, "%s/", id));
        if (names[0])
            ct_array_add(mine, ct_object(c, V(id), KV("name", name_of(names[0]))));
    }
    return ct_render(c, "drop/index.html", V(mine));
}

static ct_response *again(ct *c, const char *error)
{
    ct_flash(c, "error", "%s", error);
    return ct_status(index_page(c), 422);
}

static ct_response *create(ct *c)
{
    const char *id = ct_random_token(c, ID_LENGTH), *text = ct_form(c, "text");
    const ct_upload *file = ct_file(c, "file");
    if (file)
        ct_file_save(c, file, ct_printf(c, "%s/%s", id, file->filename));
    else if (text && *text)
        ct_storage_save(c, ct_printf(c, "%s/paste.txt", id), (ct_bytes){ text, strlen(text) });
    else
        return again(c, "Type something, or choose a file.");
    remember(c, id);
    ct_flash(c, "success", "It is there: whoever has this page's address can see it.");
    return ct_status(ct_redirect(c, ct_url(c, show, V(id))), 303);
}

static ct_response *download(ct *c)
{
    const char *stored = find_drop(c, ct_path(c, "id"));
    return ct_storage_send(c, stored, .download_name = name_of(stored));
}

static ct_response *take_away(ct *c)
{
    const char *id = ct_path(c, "id"), *stored = find_drop(c, id);
    if (!is_mine(c, id))
        ct_abort(c, 403, "only the browser that dropped it can take it away");
    ct_storage_delete(c, stored);
    forget(c, id);
    ct_flash(c, "success", "%s is gone.", name_of(stored));
    return ct_status(ct_redirect(c, ct_url(c, index_page)), 303);
}

/* The content itself, for an hour, without its page's address. */
static ct_response *shared(ct *c)
{
    const char *id = ct_unsign(c, "drop", ct_path(c, "link"), LINK_TIME);
    if (!id)
        ct_abort(c, 404, "this link is no longer good");
    const char *stored = find_drop(c, id);
    return ct_storage_send(c, stored, .download_name = name_of(stored));
}

static ct_response *error_page(ct *c)
{
    return ct_render(c, "drop/error.html", KV("status", ct_error_status(c)), KV("message", ct_error_message(c)));
}

/* ---- the app ---- */

/* An id that has none of its form is not looked for. */
static bool is_id(const char *text)
{
    return strlen(text) == ID_LENGTH &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ID_LENGTH;
}

/* clang-format off */
const ct_app drop = {
    .name            = "drop",
    .routes          = ROUTES(
        GET("/",                index_page),
        POST("/",               create),
        GET("/s/<link>",        shared),
        GET("/<id:id>",         show),
        GET("/<id:id>/file",    download),
        POST("/<id:id>/delete", take_away)),
    .converters      = CONVERTERS({ "id", is_id }),
    .errors          = ERRORS({ 403, error_page }, { 404, error_page }, { 413, error_page }),
    .settings        = SETTINGS(SET("max_file_size", "10M"), SET("max_files", "1"), SET("upload_folder", "drops")),
    .templates       = "examples/drop/templates",
    .embedded        = &drop_templates,
    .static_folder   = "examples/drop/static",
    .static_embedded = &drop_static,
    .sessions        = &ct_cookie_sessions,
    .tests           = TESTS(&text_is_pasted, &files_are_dropped, &only_the_owner_deletes, &links_expire,
                             &bad_input_is_refused),
};
/* clang-format on */

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &drop);
}
