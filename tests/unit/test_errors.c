/* Errors of fields as answers show them: to programs, to browsers, to error handlers of the app. */
#include "performed.h"

#include <canteen.h>

static ct_response *refuse(ct *c)
{
    ct_errors *errors = ct_errors_new(c);
    ct_errors_add(errors, "title", "max_length", "At most %d letters.", 20);
    ct_errors_add(errors, "title", "invalid", "No <b>.");
    ct_errors_add(errors, NULL, "unique", "It exists.");
    ct_abort_errors(c, errors);
}

static ct_response *map(ct *c)
{
    ct_errors *errors = ct_errors_new(c);
    ct_errors_add(errors, NULL, "unique", "a");
    ct_errors_add(errors, "title", "invalid", "b");
    ct_errors_add(errors, NULL, "check", "c");
    return ct_json(c, KV("errors", ct_errors_map(c, errors)), KV("none", ct_errors_map(c, NULL)));
}

/* One error after the other, in a middleware: the second has no fields. */
static ct_response *twice(ct *c, ct_next *next)
{
    ct_response *r = ct_next_call(c, next);
    if (strcmp(ct_request_path(c), "/twice") == 0)
        ct_abort(c, 422, "plain");
    return r;
}

static ct_response *handler(ct *c)
{
    const ct_errors *errors = ct_error_fields(c);
    return ct_status(ct_text(c, ct_printf(c, "%zu errors, %s", ct_errors_count(errors),
                                          errors ? ct_errors_at(errors, 0).field : "none")),
                     422);
}

static const ct_app handled = { .name = "handled",
                                .routes = ROUTES(GET("/refuse", refuse)),
                                .errors = ERRORS({ 422, handler }) };
static const ct_app app = { .name = "app",
                            .routes = ROUTES(GET("/refuse", refuse), GET("/twice", refuse), GET("/map", map),
                                             MOUNT("/handled", &handled)),
                            .middleware = MIDDLEWARE(twice) };

static void answers(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_client_header(web, "Accept", "application/json");
    ct_reply *r = ct_client_get(web, "/refuse");
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "\"errors\":[{\"detail\":\"At most 20 letters.\",\"pointer\":\"#/title\",\"code\":"
                               "\"max_length\"},{\"detail\":\"No \\u003cb\\u003e.\",\"pointer\":\"#/title\",\"code\":"
                               "\"invalid\"},{\"detail\":\"It exists.\",\"code\":\"unique\"}]");
    CT_CHECK_CONTAINS(r->body, "title: At most 20 letters.");
    r = ct_client_get(web, "/map");
    CT_CHECK_EQ(r->body, "{\"errors\":{\"\":[\"a\",\"c\"],\"title\":[\"b\"]},\"none\":{}}");
    ct_client_header(web, "Accept", "text/html");
    r = ct_client_get(web, "/refuse");
    CT_CHECK_CONTAINS(r->body,
                      "<li>title: At most 20 letters.</li>\n<li>title: No &lt;b&gt;.</li>\n<li>It exists.</li>");
    r = ct_client_get(web, "/handled/refuse");
    CT_CHECK_EQ(r->body, "3 errors, title");
    r = ct_client_get(web, "/twice");
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "plain");
    CT_CHECK(!strstr(r->body, "<li>"));
    web = ct_client_new(c, &app, .settings = SETTINGS(SET("debug", "true")));
    ct_client_header(web, "Accept", "application/json");
    r = ct_client_get(web, "/refuse");
    CT_CHECK_CONTAINS(r->body, "\"errors\":[{\"detail\":\"At most 20 letters.\",\"pointer\":\"#/title\",\"code\":"
                               "\"max_length\"},");
}

static void test_errors_of_fields_are_answered(void **state)
{
    (void)state;
    if (!perform(&app, answers))
        fail_msg("%s", performed_report);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_errors_of_fields_are_answered) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
