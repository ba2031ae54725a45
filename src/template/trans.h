/* Translation: what the tags and functions of both languages share. */
#ifndef CANTEEN_TEMPLATE_TRANS_H
#define CANTEEN_TEMPLATE_TRANS_H

#include "template/function.h"
#include "template/parser.h"

/* _ gettext ngettext pgettext npgettext; ends with a NULL name. */
extern const ct_fn ct_translation_globals[];

/* Django's _("text"): a constant that is translated while rendering. `place` is that of the '_'. (trans_tags.c) */
const ct_node *ct_translated_node(ct_parser *p, const char *place, ct_str text);

/* The translation of a message, or its text. */
ct_str ct_translated(ct_renderer *r, const ct_message *message);
/* The count that decides between the forms of a message. */
int64_t ct_trans_count(ct_tval v);
/* str(v) with a NUL, for messages. */
const char *ct_trans_text(ct_renderer *r, ct_tval v);

/* What the names in a message stand for. */
typedef struct ct_trans_values {
    const ct_str *names;
    const ct_tval *values;
    uint32_t count;
    const ct_tdict *dict; /* further ones; NULL: none */
    bool untrusted;       /* the message is no text of the template: it is escaped as values are */
    ct_tval num, context; /* `num` and `context`, where nothing else has the name; UNSET: neither */
} ct_trans_values;

/* Writes the translation of a message to the page, its values escaped as the place wants them. */
void ct_trans_write(ct_renderer *r, const ct_message *message, const ct_trans_values *values, bool django);

#endif
