/* Checks option tables and reads command lines by them.
 *
 * Not here: the help text made of the tables (help.c), and what programs see of the values (option_values.c). */
#include "cli/options.h"

#include "base/nearest.h"

#include <stdio.h>
#include <stdlib.h>

static size_t count_options(const ct_option *options)
{
    size_t count = 0;
    while (options && options[count].name)
        count++;
    return count;
}

/* ---- tables ---- */

static bool is_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) &&
           strlen(name) <= 40;
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool may_be_missing(const ct_option *option)
{
    return option->optional || option->value;
}

/* What is wrong with one row, by itself. */
static bool check_row(const ct_option *option, ct_error *error)
{
    const char *name = option->name;
    ct_typed ignored;
    if (!is_name(name))
        return ct_fail(
            error, "\"%s\" is no name of an option: write lower case letters, digits and '-', a letter first", name);
    if (strcmp(name, "help") == 0 || option->letter == 'h')
        return ct_fail(error, "%s: --help and -h explain the command: choose another name", name);
    if (option->letter && (!is_letter(option->letter) || option->argument))
        return ct_fail(error, "%s: .letter is for options, and a letter from a to z or A to Z", name);
    if (option->optional && !option->argument)
        return ct_fail(error, "%s: .optional is for arguments: an option may be missing unless it is .required", name);
    if (option->required && may_be_missing(option))
        return ct_fail(error, "%s: what is .required has no default and is not .optional", name);
    if (option->repeat && option->type != CT_TEXT)
        return ct_fail(error, "%s: what may .repeat is text", name);
    if (!ct_typed_declared(name, option->type, option->min, option->max, option->choices, error))
        return false;
    return !option->value || ct_typed_parse(name, option->type, option->min, option->max, option->choices,
                                            option->value, &ignored, error);
}

/* "no-x" is the off form of the flag "x". */
static bool is_off_form(const ct_option *option, const ct_option *flag)
{
    return !option->argument && !flag->argument && flag->type == CT_FLAG && strncmp(option->name, "no-", 3) == 0 &&
           strcmp(option->name + 3, flag->name) == 0;
}

static void check_pair(const ct_option *first, const ct_option *second, const char *place, ct_problems *problems)
{
    if (strcmp(first->name, second->name) == 0)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s is there twice", place, second->name);
    else if (first->letter && first->letter == second->letter)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: -%c is the letter of both --%s and --%s", place, first->letter,
                        first->name, second->name);
    else if (is_off_form(first, second) || is_off_form(second, first))
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: --%s and --%s: one is the other switched off", place,
                        first->name, second->name);
    else if (first->argument && second->argument && may_be_missing(first) && !may_be_missing(second))
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%s: the argument %s must be given but stands behind %s, which may be missing", place,
                        second->name, first->name);
    else if (first->argument && second->argument && first->repeat)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: the argument %s stands behind %s, which takes all that follow",
                        place, second->name, first->name);
}

void ct_options_check(const ct_option *options, const char *place, ct_problems *problems)
{
    size_t count = count_options(options);
    for (size_t i = 0; i < count; i++) {
        ct_error error;
        if (!check_row(&options[i], &error))
            ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s", place, error.message);
        for (size_t j = 0; j < i; j++)
            check_pair(&options[j], &options[i], place, problems);
    }
}

const char *ct_option_metavar(ct_arena *arena, const ct_option *option)
{
    static const char *const names[] = {
        [CT_TEXT] = "TEXT", [CT_INTEGER] = "N", [CT_REAL] = "X",
        [CT_FLAG] = "",     [CT_SIZE] = "SIZE", [CT_DURATION] = "TIME",
    };
    if (option->type != CT_CHOICE)
        return names[option->type];
    char *words = ct_arena_alloc(arena, strlen(option->choices) + 1), *out = words;
    for (const char *at = option->choices; *at; at++)
        if (*at != ' ')
            *out++ = *at == ',' ? '|' : *at;
    *out = '\0';
    return words;
}

/* ---- command lines ---- */

typedef struct parser {
    ct_arena *arena;
    ct_option_values *values;
    char *const *words;
    size_t left;       /* words not yet taken */
    size_t arguments;  /* taken so far */
    bool options_over; /* "--" has been */
    ct_error *error;
} parser;

static ssize_t find_long(const parser *p, ct_str name)
{
    for (size_t i = 0; i < p->values->count; i++)
        if (!p->values->options[i].argument && ct_str_eq(name, ct_str_of(p->values->options[i].name)))
            return (ssize_t)i;
    return -1;
}

/* One more value of a row with .repeat; the first takes the default's place. */
static void add_value(parser *p, size_t index, const char *text)
{
    const char *const *old = p->values->all[index];
    size_t count = 0;
    while (p->values->given[index] && old[count])
        count++;
    const char **all = ct_arena_alloc(p->arena, (count + 2) * sizeof *all);
    if (count)
        memcpy(all, old, count * sizeof *all);
    all[count] = text;
    all[count + 1] = NULL;
    p->values->all[index] = all;
}

static bool assign(parser *p, size_t index, const char *shown_name, const char *text)
{
    const ct_option *option = &p->values->options[index];
    if (option->repeat)
        add_value(p, index, text);
    p->values->given[index] = true;
    return ct_typed_parse(shown_name, option->type, option->min, option->max, option->choices, text,
                          &p->values->values[index], p->error);
}

static bool set_flag(parser *p, size_t index, bool on)
{
    p->values->given[index] = true;
    p->values->values[index] = (ct_typed){ .text = on ? "true" : "false", .integer = on };
    return true;
}

/* The value of the option `shown_name` in the next word. */
static bool assign_next(parser *p, size_t index, const char *shown_name)
{
    if (!p->left)
        return ct_fail(p->error, "%s needs a value", shown_name);
    if (strncmp(*p->words, "--", 2) == 0)
        return ct_fail(p->error, "%s needs a value; if it is \"%s\", write %s=%s", shown_name, *p->words, shown_name,
                       *p->words);
    p->left--;
    return assign(p, index, shown_name, *p->words++);
}

static bool refuse_long(parser *p, ct_str name)
{
    char word[64], candidate[64];
    snprintf(word, sizeof(word), "%.*s", CT_STR_ARG(name));
    ct_nearest nearest = ct_nearest_to(word);
    ct_nearest_try(&nearest, "help");
    for (size_t i = 0; i < p->values->count; i++)
        if (!p->values->options[i].argument)
            ct_nearest_try(&nearest, p->values->options[i].name);
    const char *best = nearest.best, *prefix = "";
    if (strncmp(word, "no-", 3) == 0) {
        snprintf(candidate, sizeof(candidate), "%s", word + 3);
        ct_nearest flags = ct_nearest_to(candidate);
        for (size_t i = 0; i < p->values->count; i++)
            if (!p->values->options[i].argument && p->values->options[i].type == CT_FLAG)
                ct_nearest_try(&flags, p->values->options[i].name);
        if (flags.best) {
            best = flags.best;
            prefix = "no-";
        }
        for (size_t i = 0; !best && i < p->values->count; i++) /* one that takes no "no-" */
            if (!p->values->options[i].argument && strcmp(candidate, p->values->options[i].name) == 0)
                best = candidate;
    }
    char shown[CT_SHOWN_TEXT];
    if (best)
        return ct_fail(p->error, "there is no option --%s; did you mean --%s%s?", ct_shown(word, shown), prefix, best);
    return ct_fail(p->error, "there is no option --%s", ct_shown(word, shown));
}

/* `word` is behind the "--". */
static bool take_long(parser *p, const char *word)
{
    ct_str name = { word, strcspn(word, "=") };
    const char *value = word[name.length] ? word + name.length + 1 : NULL;
    ssize_t index = find_long(p, name);
    bool on = true;
    if (index < 0 && ct_str_eq(name, CT_STR("help"))) {
        p->values->help = true;
        return true;
    }
    if (index < 0 && ct_str_starts(name, CT_STR("no-"))) {
        index = find_long(p, (ct_str){ name.data + 3, name.length - 3 });
        on = false;
        if (index >= 0 && p->values->options[index].type != CT_FLAG)
            index = -1;
    }
    if (index < 0)
        return refuse_long(p, name);
    const char *own_name = p->values->options[index].name;
    char shown_name[64];
    snprintf(shown_name, sizeof(shown_name), "--%s", own_name);
    if (p->values->options[index].type != CT_FLAG)
        return value ? assign(p, (size_t)index, shown_name, value) : assign_next(p, (size_t)index, shown_name);
    if (value)
        return ct_fail(p->error, "--%s takes no value: write --%s or --no-%s", own_name, own_name, own_name);
    return set_flag(p, (size_t)index, on);
}

/* `letters` is behind the "-". */
static bool take_letters(parser *p, const char *letters)
{
    for (; *letters && !p->values->help; letters++) {
        char shown_name[3] = { '-', *letters };
        size_t index = 0;
        while (index < p->values->count && p->values->options[index].letter != *letters)
            index++;
        if (index == p->values->count && *letters == 'h') {
            p->values->help = true;
        } else if (index == p->values->count) {
            char shown[CT_SHOWN_TEXT];
            return ct_fail(p->error, "there is no option %s", ct_shown(shown_name, shown));
        } else if (p->values->options[index].type == CT_FLAG) {
            set_flag(p, index, true);
        } else {
            return letters[1] ? assign(p, index, shown_name, letters + 1) : assign_next(p, index, shown_name);
        }
    }
    return true;
}

static bool take_argument(parser *p, const char *word)
{
    size_t number = 0;
    for (size_t i = 0; i < p->values->count; i++)
        if (p->values->options[i].argument && number++ == p->arguments) {
            p->arguments += !p->values->options[i].repeat;
            return assign(p, i, p->values->options[i].name, word);
        }
    char shown[CT_SHOWN_TEXT];
    if (!number)
        return ct_fail(p->error, "\"%s\" is too much: there are no arguments", ct_shown(word, shown));
    return ct_fail(p->error, "\"%s\" is too much: there %s %zu argument%s", ct_shown(word, shown),
                   number == 1 ? "is" : "are", number, number == 1 ? "" : "s");
}

static bool take_word(parser *p)
{
    const char *word = *p->words++;
    p->left--;
    if (p->options_over || word[0] != '-' || !word[1] || (word[1] >= '0' && word[1] <= '9'))
        return take_argument(p, word);
    if (strcmp(word, "--") == 0) {
        p->options_over = true;
        return true;
    }
    return word[1] == '-' ? take_long(p, word + 2) : take_letters(p, word + 1);
}

static bool check_missing(const parser *p)
{
    for (size_t i = 0; i < p->values->count; i++) {
        const ct_option *option = &p->values->options[i];
        if (p->values->given[i])
            continue;
        if (option->argument && !may_be_missing(option))
            return ct_fail(p->error, "the argument %s is missing", option->name);
        if (option->required)
            return ct_fail(p->error, "the option --%s is missing", option->name);
    }
    return true;
}

static const char *const *default_values(ct_arena *arena, const char *value)
{
    const char **all = ct_arena_zalloc(arena, 2 * sizeof *all);
    all[0] = value;
    return all;
}

static size_t find_row(const ct_option_values *values, const char *name)
{
    size_t index = 0;
    while (index < values->count && strcmp(values->options[index].name, name) != 0)
        index++;
    if (index == values->count)
        ct_die("the command has no option %s", name);
    return index;
}

const char *const *ct_options_all(const ct_option_values *values, const char *name)
{
    return values->all[find_row(values, name)];
}

const ct_typed *ct_options_get(const ct_option_values *values, const char *name)
{
    return &values->values[find_row(values, name)];
}

bool ct_options_parse(ct_arena *arena, const ct_option *options, char *const *words, size_t word_count,
                      ct_option_values *ret, ct_error *error)
{
    ct_option_values values = { .options = options, .count = count_options(options) };
    values.values = ct_arena_zalloc(arena, values.count * sizeof *values.values);
    values.given = ct_arena_zalloc(arena, values.count * sizeof *values.given);
    for (size_t i = 0; i < values.count; i++)
        if (options[i].value && !ct_typed_parse(options[i].name, options[i].type, options[i].min, options[i].max,
                                                options[i].choices, options[i].value, &values.values[i], error))
            return false;
    values.all = ct_arena_zalloc(arena, values.count * sizeof *values.all);
    for (size_t i = 0; i < values.count; i++)
        if (options[i].repeat)
            values.all[i] = default_values(arena, options[i].value);
    parser p = { .arena = arena, .values = &values, .words = words, .left = word_count, .error = error };
    while (p.left && !values.help)
        if (!take_word(&p))
            return false;
    if (!values.help && !check_missing(&p))
        return false;
    *ret = values;
    return true;
}
