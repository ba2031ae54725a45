/* Reads .env files, a line at a time; what each line may be is in the header. Values are unescaped into the arena.
 *
 * Not here: which names are settings and what becomes of the others (settings_load.c). */
#include "web/dotenv.h"

#include "base/common.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

static bool is_name_char(char ch, bool first)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || (!first && ch >= '0' && ch <= '9');
}

static void skip(ct_str *rest, size_t length)
{
    rest->data += length;
    rest->length -= length;
}

static void skip_blanks(ct_str *rest)
{
    while (rest->length && is_blank(rest->data[0]))
        skip(rest, 1);
}

static ct_str take_name(ct_str *rest)
{
    ct_str name = { rest->data, 0 };
    while (rest->length && is_name_char(rest->data[0], !name.length)) {
        name.length++;
        skip(rest, 1);
    }
    return name;
}

/* The character for which \`ch` stands within `quote`; 0: none, the backslash is an ordinary character. */
static char unescape(char ch, char quote)
{
    if (ch == '\\' || ch == '\'')
        return ch;
    if (quote == '\'')
        return '\0';
    switch (ch) {
    case '"':
        return '"';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* From the opening quote on. NULL: the closing one is missing. */
static const char *take_quoted(ct_arena *arena, ct_str *rest)
{
    char quote = rest->data[0];
    char *value = ct_arena_alloc(arena, rest->length);
    size_t length = 0;
    skip(rest, 1);
    while (rest->length && rest->data[0] != quote) {
        char escaped = rest->data[0] == '\\' && rest->length > 1 ? unescape(rest->data[1], quote) : '\0';
        value[length++] = escaped ? escaped : rest->data[0];
        skip(rest, escaped ? 2 : 1);
    }
    if (!rest->length)
        return NULL;
    skip(rest, 1);
    value[length] = '\0';
    return value;
}

/* Up to the end or a comment. `rest` begins behind the '=', so that a '#' is known to have a blank before it. */
static const char *take_plain(ct_arena *arena, ct_str *rest)
{
    size_t end = 0;
    while (end < rest->length && (rest->data[end] != '#' || end == 0 || !is_blank(rest->data[end - 1])))
        end++;
    ct_str value = ct_str_trim((ct_str){ rest->data, end });
    rest->length = 0;
    return ct_arena_copy(arena, value.data, value.length);
}

/* Cuts a line into name and value. Returns what is wrong with it, NULL if nothing is; ret_item->name stays NULL for a
 * line that has none (blank, comment). */
static const char *parse_line(ct_arena *arena, ct_str line, ct_dotenv_item *ret_item)
{
    if (!ct_utf8_valid(line.data, line.length))
        return "the line is not valid UTF-8";
    if (memchr(line.data, '\0', line.length) || memchr(line.data, '\r', line.length))
        return "the line has a NUL or a carriage return inside";
    skip_blanks(&line);
    if (!line.length || line.data[0] == '#')
        return NULL;
    ct_str name = take_name(&line);
    if (ct_str_eq(name, CT_STR("export")) && line.length && is_blank(line.data[0])) {
        skip_blanks(&line);
        if (!line.length || line.data[0] != '=')
            name = take_name(&line);
    }
    skip_blanks(&line);
    if (!name.length)
        return "a line begins with a name of letters, digits and '_' (not with a digit in front)";
    if (!line.length || line.data[0] != '=')
        return "the name has no '=' behind it: write NAME=value";
    skip(&line, 1);
    ct_str value = line;
    skip_blanks(&value);
    if (value.length && (value.data[0] == '"' || value.data[0] == '\'')) {
        line = value;
        ret_item->value = take_quoted(arena, &line);
        if (!ret_item->value)
            return "the quote is not closed on its line (a line break inside double quotes is written \\n)";
        skip_blanks(&line);
        if (line.length && line.data[0] != '#')
            return "something follows the closing quote";
    } else {
        ret_item->value = take_plain(arena, &line);
    }
    ret_item->name = ct_arena_copy(arena, name.data, name.length);
    return NULL;
}

/* There are few lines: looking through them is fast enough. */
static void add(ct_arena *arena, ct_dotenv *file, ct_dotenv_item item)
{
    size_t at = 0;
    while (at < file->count && strcmp(file->items[at].name, item.name) != 0)
        at++;
    if (at < file->count) {
        memmove(&file->items[at], &file->items[at + 1], (file->count - at - 1) * sizeof item);
        file->count--;
    }
    if (file->count == file->capacity) {
        size_t old = file->capacity;
        file->capacity = old ? 2 * old : 16;
        file->items = ct_arena_grow(arena, file->items, old * sizeof item, file->capacity * sizeof item);
    }
    file->items[file->count++] = item;
}

void ct_dotenv_parse(ct_arena *arena, ct_str text, const char *path, ct_dotenv *ret, ct_problems *problems)
{
    ct_dotenv file = { 0 };
    if (ct_str_starts(text, CT_STR("\xef\xbb\xbf"))) /* what some editors put in front of UTF-8 */
        skip(&text, 3);
    for (unsigned number = 1; text.length; number++) {
        const char *end = memchr(text.data, '\n', text.length);
        ct_str line = { text.data, end ? (size_t)(end - text.data) : text.length };
        skip(&text, line.length + (end != NULL));
        if (line.length && line.data[line.length - 1] == '\r')
            line.length--;
        ct_dotenv_item item = { .line = number };
        const char *wrong = parse_line(arena, line, &item);
        if (wrong)
            ct_problems_add(problems, CT_PROBLEM_ERROR, "%s:%u: %s", path, number, wrong);
        else if (item.name)
            add(arena, &file, item);
    }
    *ret = file;
}

/* Reads up to `size` bytes; -1 with errno. */
static ssize_t read_all(int fd, char *data, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, data + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

void ct_dotenv_load(ct_arena *arena, const char *path, ct_dotenv *ret, ct_problems *problems)
{
    *ret = (ct_dotenv){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a pipe must not wait for its other end */
    if (fd < 0 && errno == ENOENT)
        return;
    struct stat info;
    char *data = ct_arena_alloc(arena, CT_DOTENV_BYTES + 1);
    ssize_t length = -1;
    if (fd >= 0 && fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: it is no ordinary file", path);
    else if (fd < 0 || (length = read_all(fd, data, CT_DOTENV_BYTES + 1)) < 0)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: the file cannot be read: %m", path);
    else if (length > CT_DOTENV_BYTES)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: the file is over %d KiB", path, CT_DOTENV_BYTES / 1024);
    else
        ct_dotenv_parse(arena, (ct_str){ data, (size_t)length }, path, ret, problems);
    if (fd >= 0)
        close(fd);
}
