/* What the tags of Django have in common: arguments that stand apart by spaces, `name=value`, `... as name`. */
#ifndef CANTEEN_TEMPLATE_TAG_ARGS_H
#define CANTEEN_TEMPLATE_TAG_ARGS_H

#include "template/nodes.h"
#include "template/parser.h"

/* Arguments being gathered, in the engine's memory. Keyword arguments have a name. */
typedef struct ct_argument {
    ct_str name; /* data NULL: positional */
    const ct_node *value;
} ct_argument;

typedef struct ct_arguments {
    ct_argument *items;
    uint32_t count;
} ct_arguments;

void ct_arguments_add(ct_parser *p, ct_arguments *arguments, ct_str name, const ct_node *value);
/* An operand as Django reads it, whatever the language of the template: "a" "b" are two. */
const ct_node *ct_parse_django_operand(ct_parser *p, ct_missing missing);
/* The same, where a space must set it apart from what stands before it. */
const ct_node *ct_parse_argument(ct_parser *p, ct_missing missing);
/* `name=value` and operands up to the end of the tag, or to an `as name` there; positional ones come first. */
void ct_parse_arguments(ct_parser *p, ct_arguments *arguments, ct_missing missing);
/* Whether a `name=value` is next, without spaces around the sign; and takes it. */
bool ct_at_keyword(const ct_parser *p);
ct_str ct_parse_keyword(ct_parser *p, ct_missing missing, const ct_node **ret_value);

/* Everything up to the next space or the end of the tag: what Django takes for a name behind `as`, hyphens and all. */
ct_str ct_take_word(ct_parser *p, const char *what);
/* Whether what is next is the last argument of the tag. */
bool ct_at_last_word(const ct_parser *p);

/* Where the result of a tag goes: to the page or into a variable. */
typedef struct ct_result {
    bool named;
    ct_target target;
} ct_result;

/* Whether `as name` and the end of the tag are next. The name is any word. */
bool ct_at_as(const ct_parser *p);
/* Takes `as name`, if there is one, and the end of the tag. The name is declared, so the arguments have to be parsed
 * before. */
ct_result ct_parse_result(ct_parser *p);
/* The same where a tag only sets a variable: `as name` has to be there. */
ct_result ct_parse_variable(ct_parser *p);

/* The value of an argument; what is missing is None or "", as it was parsed. */
ct_tval ct_eval_argument(ct_renderer *r, const ct_node *n);
/* Assigns a value to the variable, or shows it. */
void ct_result_give(ct_renderer *r, const ct_result *result, ct_tval v, bool django);
/* What was written to the output since `start`: leaves it there, or takes it back into the variable. */
void ct_result_written(ct_renderer *r, const ct_result *result, size_t start);

#endif
