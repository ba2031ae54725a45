/* The functions that run statements. */
#ifndef CANTEEN_TEMPLATE_EXEC_H
#define CANTEEN_TEMPLATE_EXEC_H

#include "template/nodes.h"

ct_exec ct_exec_text, ct_exec_output, ct_exec_output_django, ct_exec_do, ct_exec_if, ct_exec_for, ct_exec_break,
    ct_exec_continue, ct_exec_set, ct_exec_set_block, ct_exec_with, ct_exec_filter, ct_exec_autoescape, ct_exec_debug,
    ct_exec_macro, ct_exec_call_block, ct_exec_block, ct_exec_extends, ct_exec_include, ct_exec_include_with,
    ct_exec_import, ct_exec_from;

/* How an expression is written: macros and blocks go straight to the output. */
ct_exec *ct_exec_output_for(const ct_node *value, bool django);

/* Renders a template's top and then its parents. */
void ct_run_page(ct_renderer *r, ct_page *page, const ct_template *template, const ct_env *env, const char *how);

#endif
