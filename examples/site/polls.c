/* A small app that another mounts: a list, a page, a form, results. The questions are a table; who votes keeps the
 * vote in a cookie, since this part of the framework knows no database. */
#include "site.h"

#include <string.h>

typedef struct question {
    int64_t id;
    const char *text;
    const char *choices[4];
} question;

static const question questions[] = {
    { 1, "What's up?", { "The sky", "Not much", NULL } },
    { 2, "Tabs or spaces?", { "Tabs", "Spaces", "Whatever the formatter says", NULL } },
};
static const size_t question_count = sizeof questions / sizeof *questions;

static const question *question_or_404(ct *c)
{
    int64_t id = ct_path_int(c, "question_id");
    for (size_t i = 0; i < question_count; i++)
        if (questions[i].id == id)
            return &questions[i];
    ct_abort(c, 404, "there is no question %" PRId64, id);
}

static ct_response *detail(ct *c)
{
    const question *q = question_or_404(c);
    const char *body =
        ct_printf(c, "<form method=\"post\" action=\"%s\">\n", ct_url(c, "polls.vote", KV("question_id", q->id)));
    for (int i = 0; q->choices[i]; i++)
        body = ct_printf(c, "%s<p><label><input type=\"radio\" name=\"choice\" value=\"%d\"> %s</label></p>\n", body,
                         i + 1, ct_escape(c, q->choices[i]));
    return page(c, q->text, ct_printf(c, "%s<button>Vote</button>\n</form>\n", body));
}

static ct_response *results(ct *c)
{
    const question *q = question_or_404(c);
    const char *vote = ct_cookie(c, ct_printf(c, "vote-%" PRId64, q->id));
    for (int i = 0; vote && q->choices[i]; i++)
        if (!strcmp(vote, ct_printf(c, "%d", i + 1)))
            return page(c, q->text, ct_printf(c, "<p>You said: %s</p>\n", ct_escape(c, q->choices[i])));
    return page(c, q->text, "<p>You have not voted.</p>\n");
}

static ct_response *vote(ct *c)
{
    const question *q = question_or_404(c);
    int64_t choice = ct_form_int(c, "choice");
    int64_t count = 0;
    while (q->choices[count])
        count++;
    if (choice < 1 || choice > count)
        return ct_status(page(c, q->text, "<p>You didn't select a choice.</p>\n"), 422);
    ct_response *r = ct_status(ct_redirect(c, ct_url(c, results, KV("question_id", q->id))), 303);
    ct_set_cookie(r, ct_printf(c, "vote-%" PRId64, q->id), ct_printf(c, "%" PRId64, choice), .path = "/polls");
    return r;
}

static ct_response *list(ct *c)
{
    const char *body = "<ul>\n";
    for (size_t i = 0; i < question_count; i++)
        body = ct_printf(c, "%s<li><a href=\"%s\">%s</a></li>\n", body,
                         ct_url(c, detail, KV("question_id", questions[i].id)), ct_escape(c, questions[i].text));
    return page(c, "Polls", ct_printf(c, "%s</ul>\n", body));
}

/* clang-format off */
const ct_app polls_app = {
    .name   = "polls",
    .routes = ROUTES(
        GET("/",                           list, .name = "index"),
        GET("/<int:question_id>/",         detail),
        GET("/<int:question_id>/results/", results),
        POST("/<int:question_id>/vote/",   vote)),
};
/* clang-format on */
