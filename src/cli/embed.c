/* `canteen embed`: the files of folders as C.
 *
 *     static const char NAME_data0[] = "<p>...</p>\n" "...";                              the files, as string literals
 *     static const ct_embedded NAME_items[] = { { "a.html", NAME_data0, 213, "..." }, ... };   sorted by path
 *     const ct_files NAME = { NAME_items, 1 };
 *
 * String literals compile several times faster than lists of numbers. Those over 4095 bytes are more than ISO C
 * promises that a compiler takes; gcc and clang take any. Everything but plain ASCII is written as three octal digits,
 * so the text means the same in every encoding, and the same files always give the same text.
 *
 * With --compress what gains by it is there twice more, as "a.html.br" and "a.html.gz"; files of such names that are
 * there already stay as they are. */
#include "cli/cli.h"

#include "canteen/files.h"
#include "cli/compress.h"
#include "web/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_BYTES 100
#define MOST_BYTES ((off_t)512 << 20) /* of one file */
#define GAIN_PERCENT 5                /* the least for which a compressed form is worth its place */

const ct_option ct_embed_options[] = {
    { .name = "folder", .argument = true, .repeat = true, .help = "whose files to write, under their paths below it" },
    { .name = "compress", .type = CT_FLAG, .help = "add what is smaller as .br and .gz, for static files" },
    { .name = "name", .help = "what the table is called in C; made of the folder's name unless given" },
    { .name = NULL },
};

typedef struct found {
    const char *path, *folder;
    ct_str data; /* of a compressed form; data NULL: the file is read */
} found;

typedef struct embedding {
    ct_cli *cli;
    const char *folder; /* that is being walked */
    found *files;
    size_t count, capacity;
    ct_error error;
} embedding;

/* ---- finding ---- */

static void add(embedding *e, found file)
{
    if (e->count == e->capacity) {
        size_t old = e->capacity;
        e->capacity = old ? 2 * old : 64;
        e->files = ct_arena_grow(&e->cli->arena, e->files, old * sizeof(*e->files), e->capacity * sizeof(*e->files));
    }
    e->files[e->count++] = file;
}

static void add_file(void *arg, const char *path, const struct stat *info)
{
    embedding *e = arg;
    if (S_ISREG(info->st_mode))
        add(e, (found){ .path = ct_arena_copy(&e->cli->arena, path, strlen(path)), .folder = e->folder });
}

static int by_path(const void *a, const void *b)
{
    const found *left = a, *right = b;
    return strcmp(left->path, right->path);
}

static void sort(embedding *e)
{
    if (e->count)
        qsort(e->files, e->count, sizeof(*e->files), by_path);
}

static bool find_files(embedding *e, const char *const *folders)
{
    for (; *folders; folders++) {
        e->folder = *folders;
        if (!ct_folder_walk(e->folder, add_file, e, &e->error))
            return false;
    }
    sort(e);
    for (size_t i = 1; i < e->count; i++)
        if (strcmp(e->files[i - 1].path, e->files[i].path) == 0)
            return ct_fail(&e->error, "%s is both in %s and in %s", e->files[i].path, e->files[i - 1].folder,
                           e->files[i].folder);
    return true;
}

/* ---- reading and compressing ---- */

static bool read_file(embedding *e, const found *file, ct_buffer *data)
{
    const char *path = ct_arena_printf(&e->cli->arena, "%s/%s", file->folder, file->path);
    struct stat info;
    data->length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 || fstat(fd, &info) < 0 ? -1 : 1;
    if (n > 0 && info.st_size > MOST_BYTES) {
        errno = EFBIG;
        n = -1;
    }
    while (n > 0) {
        char *room = ct_buffer_reserve(data, 64 * 1024);
        do
            n = read(fd, room, data->capacity - data->length);
        while (n < 0 && errno == EINTR);
        data->length += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        ct_fail(&e->error, "%s cannot be read: %m", path);
    if (fd >= 0)
        close(fd);
    return n == 0;
}

static bool has(const embedding *e, size_t count, const char *path)
{
    const found wanted = { .path = path };
    return bsearch(&wanted, e->files, count, sizeof(*e->files), by_path) != NULL;
}

/* Adds one form behind the first `count` files, which are sorted. */
static bool compress(embedding *e, size_t count, found file, ct_str data, const char *ending,
                     bool (*how)(ct_buffer *out, ct_str data))
{
    ct_arena *arena = &e->cli->arena;
    ct_buffer out = { 0 };
    file.path = ct_arena_printf(arena, "%s%s", file.path, ending);
    bool good = has(e, count, file.path) || how(&out, data);
    if (out.length && out.length * 100 <= data.length * (100 - GAIN_PERCENT)) {
        file.data = (ct_str){ ct_arena_copy(arena, out.data, out.length), out.length };
        add(e, file);
    }
    ct_buffer_finish(&out);
    return good || ct_fail(&e->error, "%s/%s cannot be compressed: no memory", file.folder, file.path);
}

static bool compress_files(embedding *e)
{
    ct_buffer data = { 0 };
    size_t count = e->count;
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        const found file = e->files[i];
        if (!ct_compressible(file.path))
            continue;
        good = read_file(e, &file, &data);
        ct_str text = { data.data ? data.data : "", data.length };
        good = good && compress(e, count, file, text, ".br", ct_compress_br) &&
               compress(e, count, file, text, ".gz", ct_compress_gz);
    }
    ct_buffer_finish(&data);
    sort(e);
    return good;
}

/* ---- writing ---- */

/* FNV-1a, its bits spread: the same on every machine, which ct_hash() is not. */
static uint64_t hash_of(const char *data, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
    return hash ^ hash >> 31;
}

static char *put_byte(char *at, unsigned char byte)
{
    if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\' && byte != '?') { /* no trigraphs */
        *at++ = (char)byte;
    } else if (byte == '\n' || byte == '"' || byte == '\\') {
        *at++ = '\\';
        *at++ = byte == '\n' ? 'n' : (char)byte;
    } else {
        *at++ = '\\';
        *at++ = (char)('0' + (byte >> 6));
        *at++ = (char)('0' + (byte >> 3 & 7));
        *at++ = (char)('0' + (byte & 7));
    }
    return at;
}

/* The data as adjacent literals: a line ends where one of the data does, or when it is long. */
static void write_literal(ct_buffer *out, const char *data, size_t length)
{
    char line[4 * LINE_BYTES + 16];
    size_t at = 0;
    do {
        char *end = line;
        *end++ = '"';
        for (size_t start = at; at < length && at - start < LINE_BYTES;) {
            end = put_byte(end, (unsigned char)data[at]);
            if (data[at++] == '\n')
                break;
        }
        *end++ = '"';
        CT_BUFFER_LITERAL(out, "\n    ");
        ct_buffer_append(out, line, (size_t)(end - line));
    } while (at < length);
}

static bool write_files(embedding *e, const char *name, ct_buffer *out)
{
    ct_buffer data = { 0 }, items = { 0 };
    bool good = true;
    ct_buffer_printf(out,
                     "/* Written by `canteen embed`: change the files, not this. */\n"
                     "#include <canteen/files.h>\n\n"
                     "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
                     "extern const ct_files %s;\n",
                     name);
    for (size_t i = 0; good && i < e->count; i++) {
        const found *file = &e->files[i];
        good = file->data.data || read_file(e, file, &data);
        ct_str content = file->data.data ? file->data : (ct_str){ data.data ? data.data : "", data.length };
        ct_buffer_printf(out, "\nstatic const char %s_data%zu[] =", name, i);
        write_literal(out, content.data, content.length);
        CT_BUFFER_LITERAL(out, ";\n");
        CT_BUFFER_LITERAL(&items, "    {");
        write_literal(&items, file->path, strlen(file->path));
        ct_buffer_printf(&items, ", %s_data%zu, %zu, \"%016" PRIx64 "\" },\n", name, i, content.length,
                         hash_of(content.data, content.length));
    }
    if (e->count)
        ct_buffer_printf(out, "\nstatic const ct_embedded %s_items[] = {\n%s};\n", name, ct_buffer_text(&items));
    ct_buffer_printf(out, "\nconst ct_files %s = { %s%s, %zu };\n", name, e->count ? name : "0",
                     e->count ? "_items" : "", e->count);
    ct_buffer_finish(&data);
    ct_buffer_finish(&items);
    return good;
}

/* ---- the command ---- */

static bool is_identifier(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *name && strspn(name, letters) == strlen(name) && !(*name >= '0' && *name <= '9');
}

/* Words of C up to C23 and of its compilers, names that are macros before any header is read, and main. */
static bool is_taken(const char *name)
{
    static const char *const words[] = {
        "alignas",       "alignof",       "asm",      "auto",     "bool",         "break",  "case",    "char",
        "const",         "constexpr",     "continue", "default",  "do",           "double", "else",    "enum",
        "extern",        "false",         "float",    "for",      "goto",         "if",     "inline",  "int",
        "long",          "nullptr",       "register", "restrict", "return",       "short",  "signed",  "sizeof",
        "static",        "static_assert", "struct",   "switch",   "thread_local", "true",   "typedef", "typeof",
        "typeof_unqual", "union",         "unsigned", "void",     "volatile",     "while",  "NULL",    "linux",
        "unix",          "main",
    };
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* Why it cannot be the name of a table in C; NULL: it can. */
static const char *name_refused(const char *name)
{
    size_t length = strlen(name);
    if (!is_identifier(name))
        return "cannot be a name in C";
    if (is_taken(name))
        return "is a word of C, which cannot be a name";
    if ((name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'))) ||
        (length > 2 && strcmp(name + length - 2, "_t") == 0))
        return "is a name that C keeps for itself";
    if (strncmp(name, "ct_", 3) == 0 || strncmp(name, "CT_", 3) == 0)
        return "is a name of Canteen's, as all that begin with ct_";
    return NULL;
}

/* "polls/templates" as "polls_templates". */
static const char *name_of(ct_arena *arena, const char *folder)
{
    char *name = ct_arena_printf(arena, "%s%s", *folder >= '0' && *folder <= '9' ? "_" : "", folder), *to = name;
    for (const char *at = name; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        if (plain)
            *to++ = *at;
        else if (to > name && to[-1] != '_')
            *to++ = '_';
    }
    while (to > name && to[-1] == '_')
        to--;
    *to = '\0';
    return name;
}

int ct_embed_builtin(ct_cli *cli, const ct_option_values *values)
{
    embedding e = { .cli = cli };
    const char *const *folders = ct_options_all(values, "folder");
    const char *given = ct_options_get(values, "name")->text;
    const char *name = given ? given : name_of(&cli->arena, folders[0]);
    const char *refused = name_refused(name);
    if (refused) {
        char shown[CT_SHOWN_TEXT];
        fprintf(stderr, "%s embed: \"%s\" %s: give %s with --name\n", cli->program, ct_shown(name, shown), refused,
                given ? "another" : "one");
        return 2;
    }
    bool compressed = ct_options_get(values, "compress")->integer;
    if (find_files(&e, folders) && (!compressed || compress_files(&e)) && write_files(&e, name, &cli->out))
        return 0;
    cli->out.length = 0;
    fprintf(stderr, "%s embed: %s\n", cli->program, e.error.message);
    return 1;
}
