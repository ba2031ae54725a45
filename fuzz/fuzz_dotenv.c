/* .env files: names are names, each there once and in the order of its lines, every line is at most one item or one
 * problem, and what was read, written out in double quotes, reads as itself. */
#include "base/buffer.h"
#include "web/dotenv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_name(const char *name)
{
    require(*name && !(*name >= '0' && *name <= '9'));
    require(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name));
}

static void write_item(ct_buffer *out, const ct_dotenv_item *item)
{
    ct_buffer_printf(out, "export %s = \"", item->name);
    for (const char *at = item->value; *at; at++) {
        if (*at == '\n' || *at == '\r') {
            ct_buffer_printf(out, "\\%c", *at == '\n' ? 'n' : 'r');
            continue;
        }
        if (*at == '"' || *at == '\\')
            ct_buffer_char(out, '\\');
        ct_buffer_char(out, *at);
    }
    ct_buffer_str(out, CT_STR("\" # as it was\r\n"));
}

static void check_again(ct_arena *arena, const ct_dotenv *file)
{
    ct_buffer text = ct_buffer_in(arena);
    for (size_t i = 0; i < file->count; i++)
        write_item(&text, &file->items[i]);
    ct_problems problems = { 0 };
    ct_dotenv again;
    ct_dotenv_parse(arena, (ct_str){ text.data, text.length }, "again", &again, &problems);
    require(problems.count == 0 && again.count == file->count);
    for (size_t i = 0; i < file->count; i++) {
        require(strcmp(again.items[i].name, file->items[i].name) == 0);
        require(strcmp(again.items[i].value, file->items[i].value) == 0);
        require(again.items[i].line == i + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    char *text = ct_xmalloc(size);
    memcpy(text, data, size);
    ct_problems problems = { 0 };
    ct_dotenv file;
    ct_dotenv_parse(&arena, (ct_str){ text, size }, "file", &file, &problems);
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    free(text);
    require(file.count + problems.count <= lines && problems.errors == problems.count);
    for (size_t i = 0; i < file.count; i++) {
        check_name(file.items[i].name);
        require(ct_utf8_valid(file.items[i].value, strlen(file.items[i].value)));
        require(file.items[i].line <= lines && (i == 0 || file.items[i].line > file.items[i - 1].line));
        for (size_t j = 0; j < i; j++)
            require(strcmp(file.items[i].name, file.items[j].name) != 0);
    }
    check_again(&arena, &file);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
    return 0;
}
