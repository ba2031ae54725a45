/* Jinja's wordwrap: what Python's textwrap does with each line of the text.
 *
 * A line is cut into chunks that a new line may begin after: runs of white space, words, parts of words with hyphens,
 * and dashes between words. Then as many chunks as fit make a line; white space at both of its ends goes. A line is
 * always a stretch of the text, so it is kept as two places in it.
 *
 *     Look, goof-ball -- use the -b option!
 *     Look,| |goof-|ball| |--| |use| |the| |-b| |option!
 *
 * Only ASCII white space separates chunks: others are there to keep words together. */
#include "template/escape.h"
#include "template/jinja_filters.h"
#include "template/render.h"
#include "template/text.h"

typedef struct letter {
    uint32_t code, at; /* its byte in the line */
} letter;

typedef struct wrapper {
    ct_renderer *r;
    ct_buffer *out;
    ct_str line;
    letter *letters;       /* of the line, and one behind for its end */
    uint32_t count;        /* characters of the line */
    uint32_t (*chunks)[2]; /* where each begins and ends, in characters */
    uint32_t chunk_count;
    size_t capacity; /* of letters and chunks */
    uint64_t width;
    bool break_words, split_hyphens, prefer_hyphens;
    ct_str separator;
    bool safe;  /* lines are escaped */
    bool wrote; /* a line of the output stands before */
} wrapper;

/* ---- chunks ---- */

static bool is_blank(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r');
}

static bool is_word(uint32_t code)
{
    return code == '_' || ct_uc_is_alnum(code);
}

static bool is_letter(uint32_t code)
{
    return is_word(code) && !ct_uc_is_decimal(code);
}

static uint32_t code_at(const wrapper *w, uint32_t at)
{
    return at < w->count ? w->letters[at].code : 0;
}

/* Whether the character before `at` may stand before a dash. */
static bool after_word(const wrapper *w, uint32_t at)
{
    if (!at)
        return false;
    uint32_t code = w->letters[at - 1].code;
    return is_word(code) || code == '!' || code == '"' || code == '\'' || code == '&' || code == '.' || code == ',' ||
           code == '?';
}

/* The end of a dash of two hyphens or more that a word follows; `at` when there is none. */
static uint32_t dash_end(const wrapper *w, uint32_t at)
{
    uint32_t end = at;
    while (code_at(w, end) == '-')
        end++;
    return end - at >= 2 && end < w->count && is_word(w->letters[end].code) ? end : at;
}

/* A hyphen that a line may end with: two letters before it (or "a-b"), a letter and another one behind. */
static bool is_hyphen(const wrapper *w, uint32_t at)
{
    const letter *l = w->letters;
    if (at < 2 || !is_letter(l[at - 1].code) || !is_letter(code_at(w, at + 1)))
        return false;
    if (!is_letter(l[at - 2].code) && !(at >= 3 && l[at - 2].code == '-' && is_letter(l[at - 3].code)))
        return false;
    uint32_t next = code_at(w, at + 2) == '-' ? at + 3 : at + 2;
    return is_letter(code_at(w, next));
}

/* Where the chunk of a word that begins at `at` ends. */
static uint32_t word_end(const wrapper *w, uint32_t at)
{
    for (uint32_t end = at + 1; end < w->count && !is_blank(w->letters[end].code); end++) {
        if (!w->split_hyphens || w->letters[end].code != '-')
            continue;
        if (is_hyphen(w, end))
            return end + 1;
        if (after_word(w, end) && dash_end(w, end) != end)
            return end;
    }
    uint32_t end = at + 1;
    while (end < w->count && !is_blank(w->letters[end].code))
        end++;
    return end;
}

static uint32_t chunk_end(const wrapper *w, uint32_t at)
{
    uint32_t end = at;
    while (end < w->count && is_blank(w->letters[end].code))
        end++;
    if (end == at && w->split_hyphens && after_word(w, at))
        end = dash_end(w, at);
    return end == at ? word_end(w, at) : end;
}

static void split(wrapper *w)
{
    const char *at = w->line.data, *end = at + w->line.length;
    w->count = w->chunk_count = 0;
    while (at < end) {
        uint32_t from = (uint32_t)(at - w->line.data);
        w->letters[w->count++] = (letter){ ct_utf8_next(&at, end), from };
    }
    w->letters[w->count] = (letter){ 0, (uint32_t)w->line.length };
    for (uint32_t next = 0; next < w->count;) {
        uint32_t start = next;
        next = chunk_end(w, start);
        w->chunks[w->chunk_count][0] = start;
        w->chunks[w->chunk_count++][1] = next;
    }
}

/* ---- lines ---- */

/* White space of any kind, or nothing. */
static bool is_empty(const wrapper *w, uint32_t start, uint32_t end)
{
    while (start < end && ct_uc_is_space(w->letters[start].code))
        start++;
    return start == end;
}

static void write_line(wrapper *w, uint32_t start, uint32_t end)
{
    ct_str text = { w->line.data + w->letters[start].at, w->letters[end].at - w->letters[start].at };
    if (w->wrote)
        ct_buffer_str(w->out, w->separator);
    w->wrote = true;
    if (w->safe)
        ct_escape_write(w->out, text, false);
    else
        ct_buffer_str(w->out, text);
}

/* How much of a chunk too long for any line goes on one with room for `room` characters. */
static uint32_t break_length(const wrapper *w, const uint32_t chunk[2], uint32_t room)
{
    if (!w->prefer_hyphens || chunk[1] - chunk[0] <= room)
        return room;
    uint32_t hyphen = room;
    while (hyphen > 0 && w->letters[chunk[0] + hyphen - 1].code != '-')
        hyphen--;
    for (uint32_t i = 0; i + 1 < hyphen; i++)
        if (w->letters[chunk[0] + i].code != '-')
            return hyphen;
    return room;
}

/* The chunks from `next` on that make a line: *ret_start to *ret_end; returns the first one after it. *ret_last is
 * where the last chunk of the line, or piece of one, begins. */
static uint32_t fill_line(wrapper *w, uint32_t next, uint32_t *ret_start, uint32_t *ret_end, uint32_t *ret_last)
{
    uint32_t start = w->chunks[next][0], end = start, last = start, first = next;
    for (; next < w->chunk_count && w->chunks[next][1] - start <= w->width; next++) {
        last = w->chunks[next][0];
        end = w->chunks[next][1];
    }
    if (next < w->chunk_count && w->chunks[next][1] - w->chunks[next][0] > w->width) {
        uint32_t *chunk = w->chunks[next];
        if (w->break_words) {
            last = end;
            end += break_length(w, chunk, (uint32_t)w->width - (end - start));
            chunk[0] = end;
        } else if (next == first) {
            end = chunk[1];
            next++;
        }
    }
    *ret_start = start;
    *ret_end = end;
    *ret_last = last;
    return next;
}

static void wrap(wrapper *w)
{
    bool any = false;
    for (uint32_t next = 0; next < w->chunk_count;) {
        uint32_t start, end, last;
        ct_render_step(w->r, 1);
        if (any && is_empty(w, w->chunks[next][0], w->chunks[next][1]) && ++next == w->chunk_count)
            break;
        next = fill_line(w, next, &start, &end, &last);
        if (is_empty(w, last, end))
            end = last;
        if (end > start) {
            write_line(w, start, end);
            any = true;
        }
    }
}

/* ---- the filter ---- */

static void make_room(wrapper *w)
{
    if (w->line.length < w->capacity)
        return;
    w->capacity = CT_MAX(w->line.length + 1, 2 * w->capacity);
    w->letters = ct_render_take(w->r, w->capacity * sizeof(*w->letters));
    w->chunks = ct_render_take(w->r, w->capacity * sizeof(*w->chunks));
}

ct_tval ct_jinja_wordwrap(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str rest = ct_need_text(r, args[0], "wordwrap");
    ct_buffer out = ct_text_begin(r);
    int64_t width = ct_arg_int(r, args[1], 79, "the width of wordwrap");
    wrapper w = { .r = r, .out = &out, .break_words = ct_arg_flag(r, args[2], true), .separator = CT_STR("\n") };
    if (ct_arg_given(args[3])) {
        w.separator = ct_need_text(r, args[3], "wordwrap");
        w.safe = ct_t_is_safe(args[3]);
    }
    w.prefer_hyphens = ct_arg_flag(r, args[4], true);
    w.split_hyphens = w.prefer_hyphens && (args[4].type == CT_T_UNSET || args[4].type == CT_T_BOOL);
    if (width <= 0 && rest.length)
        ct_render_fail(r, "wordwrap: the width must be above 0, not %" PRId64, width);
    w.width = (uint64_t)CT_MIN(width, (int64_t)UINT32_MAX);
    ct_buffer_reserve(&out, rest.length + rest.length / 16);
    for (bool first = true; ct_next_line(&rest, &w.line); first = false) {
        if (!first)
            ct_buffer_str(&out, w.separator);
        w.wrote = false;
        make_room(&w);
        split(&w);
        wrap(&w);
    }
    ct_tval v = ct_text_end(r, &out);
    v.flags = w.safe ? CT_T_SAFE : 0;
    return v;
}
