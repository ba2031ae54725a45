/* {% lorem count method random %}: Latin to fill designs with.
 *
 * It begins with the paragraph that everybody knows, or its words, unless it shall be random throughout. What is random
 * has the shape of Django's: words of a list, none twice in a clause; clauses of 3 to 12 words, sentences of 1 to 5
 * clauses, paragraphs of 1 to 4 sentences. Which words, nobody can rely on. */
#include "template/render.h"
#include "template/tag_args.h"

#include "template/engine.h"
#include "template/jinja_filters.h"

static const char common[] =
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt "
    "ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation "
    "ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in "
    "reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur "
    "sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id "
    "est laborum.";

static const char *const common_words[] = {
    "lorem",   "ipsum",  "dolor",      "sit", "amet",   "consectetur", "adipisicing", "elit",  "sed",    "do",
    "eiusmod", "tempor", "incididunt", "ut",  "labore", "et",          "dolore",      "magna", "aliqua",
};

/* clang-format off */
static const char *const words[] = {
    "a", "ab", "accusamus", "accusantium", "ad", "adipisci", "alias", "aliquam", "aliquid", "amet", "animi",
    "aperiam", "architecto", "asperiores", "aspernatur", "assumenda", "at", "atque", "aut", "autem", "beatae",
    "blanditiis", "commodi", "consectetur", "consequatur", "consequuntur", "corporis", "corrupti", "culpa", "cum",
    "cumque", "cupiditate", "debitis", "delectus", "deleniti", "deserunt", "dicta", "dignissimos", "distinctio",
    "dolor", "dolore", "dolorem", "doloremque", "dolores", "doloribus", "dolorum", "ducimus", "ea", "eaque", "earum",
    "eius", "eligendi", "enim", "eos", "error", "esse", "est", "et", "eum", "eveniet", "ex", "excepturi",
    "exercitationem", "expedita", "explicabo", "facere", "facilis", "fuga", "fugiat", "fugit", "harum", "hic", "id",
    "illo", "illum", "impedit", "in", "incidunt", "inventore", "ipsa", "ipsam", "ipsum", "iste", "itaque", "iure",
    "iusto", "labore", "laboriosam", "laborum", "laudantium", "libero", "magnam", "magni", "maiores", "maxime",
    "minima", "minus", "modi", "molestiae", "molestias", "mollitia", "nam", "natus", "necessitatibus", "nemo",
    "neque", "nesciunt", "nihil", "nisi", "nobis", "non", "nostrum", "nulla", "numquam", "obcaecati", "odio", "odit",
    "officia", "officiis", "omnis", "optio", "pariatur", "perferendis", "perspiciatis", "placeat", "porro",
    "possimus", "praesentium", "provident", "quae", "quaerat", "quam", "quas", "quasi", "qui", "quia", "quibusdam",
    "quidem", "quis", "quisquam", "quo", "quod", "quos", "ratione", "recusandae", "reiciendis", "rem", "repellat",
    "repellendus", "reprehenderit", "repudiandae", "rerum", "saepe", "sapiente", "sed", "sequi", "similique", "sint",
    "sit", "soluta", "sunt", "suscipit", "tempora", "tempore", "temporibus", "tenetur", "totam", "ullam", "unde",
    "ut", "vel", "velit", "veniam", "veritatis", "vero", "vitae", "voluptas", "voluptate", "voluptatem", "voluptates",
    "voluptatibus", "voluptatum",
};
/* clang-format on */

enum { WORDS = CT_COUNT(words) };

/* A number from `least` to `most`. */
static uint32_t draw(ct_renderer *r, uint32_t least, uint32_t most)
{
    return least + ct_random_below(r, most - least + 1);
}

/* Appends `count` different words, at most as many as there are. */
static void write_sample(ct_renderer *r, uint32_t count)
{
    uint8_t order[WORDS];
    _Static_assert(WORDS <= UINT8_MAX, "words are numbered in a byte");
    for (uint32_t i = 0; i < WORDS; i++)
        order[i] = (uint8_t)i;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = draw(r, i, WORDS - 1);
        const char *word = words[order[at]];
        order[at] = order[i];
        if (i)
            ct_buffer_char(r->out, ' ');
        ct_buffer_append(r->out, word, strlen(word));
    }
}

static void write_sentence(ct_renderer *r)
{
    size_t start = r->out->length;
    for (uint32_t clauses = draw(r, 1, 5), i = 0; i < clauses; i++) {
        if (i)
            CT_BUFFER_LITERAL(r->out, ", ");
        write_sample(r, draw(r, 3, 12));
    }
    if (r->out->length > start)
        r->out->data[start] = (char)(r->out->data[start] - 'a' + 'A');
    ct_buffer_char(r->out, draw(r, 0, 1) ? '?' : '.');
}

static void write_paragraph(ct_renderer *r, bool known)
{
    if (known) {
        CT_BUFFER_LITERAL(r->out, common);
        return;
    }
    for (uint32_t sentences = draw(r, 1, 4), i = 0; i < sentences; i++) {
        if (i)
            ct_buffer_char(r->out, ' ');
        write_sentence(r);
    }
}

static void write_paragraphs(ct_renderer *r, int64_t count, bool known, bool tags)
{
    for (int64_t i = 0; i < count; i++) {
        ct_render_step(r, 1);
        if (i)
            CT_BUFFER_LITERAL(r->out, "\n\n");
        if (tags)
            CT_BUFFER_LITERAL(r->out, "<p>");
        write_paragraph(r, known && i == 0);
        if (tags)
            CT_BUFFER_LITERAL(r->out, "</p>");
        if (r->out->failed)
            return; /* the render ends */
    }
}

/* As in Python a negative count takes from the end of the known words. */
static void write_words(ct_renderer *r, int64_t count, bool known)
{
    int64_t first = known ? (int64_t)CT_COUNT(common_words) : 0, left = count > first ? count - first : 0;
    if (count < first)
        first = count < 0 ? CT_MAX(first + CT_MAX(count, -first), 0) : count;
    for (int64_t i = 0; i < first; i++) {
        if (i)
            ct_buffer_char(r->out, ' ');
        ct_buffer_append(r->out, common_words[i], strlen(common_words[i]));
    }
    while (left && !r->out->failed) {
        uint32_t some = (uint32_t)CT_MIN(left, (int64_t)WORDS);
        ct_render_step(r, some);
        if (left < count || first)
            ct_buffer_char(r->out, ' ');
        write_sample(r, some);
        left -= some;
    }
}

typedef struct {
    const ct_node *count; /* NULL: 1 */
    char method;          /* 'w', 'p' or 'b' */
    bool random;
} lorem;

/* What int() makes of the count; 1 where that fails. */
static int64_t count_of(ct_tval v)
{
    int64_t count;
    if (v.type == CT_T_INT || v.type == CT_T_BOOL)
        return v.integer;
    if (v.type == CT_T_REAL && v.real > -1e15 && v.real < 1e15)
        return (int64_t)v.real;
    return ct_t_is_text(v) && ct_str_to_int64(ct_str_trim(ct_t_get_str(v)), &count) ? count : 1;
}

static ct_flow exec_lorem(ct_renderer *r, const ct_stmt *s)
{
    const lorem *data = s->other.data;
    int64_t count = data->count ? count_of(ct_eval_argument(r, data->count)) : 1;
    r->at = s->place;
    if (data->method == 'w')
        write_words(r, count, !data->random);
    else
        write_paragraphs(r, count, !data->random, data->method == 'p');
    return CT_FLOW_NEXT;
}

/* The word at `token` and nothing but the end of the tag, or `random`, after it. */
static bool is_method(const ct_token *token)
{
    if (token->type != CT_TOKEN_NAME || token->text.length != 1 || !memchr("wpb", token->text.data[0], 3))
        return false;
    return token[1].type == CT_TOKEN_TAG_END ||
           (token[1].type == CT_TOKEN_NAME && ct_str_eq(token[1].text, CT_STR("random")) &&
            token[2].type == CT_TOKEN_TAG_END);
}

static bool at_random(const ct_parser *p)
{
    return ct_at_name(p, "random") && p->at[1].type == CT_TOKEN_TAG_END;
}

void ct_tag_lorem(ct_parser *p, const ct_token *tag)
{
    lorem *data = ct_engine_take(p->engine, sizeof(*data));
    data->method = 'b';
    if (!ct_at_type(p, CT_TOKEN_TAG_END) && !is_method(p->at) && !at_random(p))
        data->count = ct_parse_argument(p, CT_MISSING_EMPTY);
    if (is_method(p->at))
        data->method = (p->at++)->text.data[0];
    data->random = ct_take_name(p, "random");
    if (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_unexpected(p, "a count, then w, p or b, then random");
    p->at++;
    ct_stmt_new(p, exec_lorem, tag->text.data)->other.data = data;
}
