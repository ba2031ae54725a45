/* Which language a template is written in, when nobody says so.
 *
 * A template that uses something only Django has (a tag such as {% load %} or {% empty %}, `filter:argument`, a filter
 * that only Django knows, `forloop`, `block.super`, `in map.items` without a call, a "-" in a block's name) and nothing
 * that only Jinja has (a tag such as {% set %} or {% macro %}, a call, an operator outside of {% if %} that Django
 * lacks, `filter(argument)`, `loop.`, `is defined`, a literal list or dictionary, whitespace control, a tag or comment
 * of several lines) is Django's. One that has something of Jinja is Jinja's: what only Django has works there as well,
 * with Django's meaning. One that has nothing of either is neutral: engine.h tells what becomes of it.
 *
 * The words come from tables: the tags of tags.c, the filters and tests of function.h. */
#ifndef CANTEEN_TEMPLATE_LANGUAGE_H
#define CANTEEN_TEMPLATE_LANGUAGE_H

#include "template/lexer.h"

/* `tokens` as ct_lex() gives them for CT_LANGUAGE_JINJA; AUTO: neutral. */
ct_language ct_language_of(ct_engine *engine, const ct_tokens *tokens);

#endif
