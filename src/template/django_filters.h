/* The filters of Django: what its files share. Each function is a row of django_filters.c, where its parameters stand.
 *
 * They follow Django 3.2 byte for byte, and the documentation of newer releases in what those have added. Where Django
 * would raise, the render fails; where it is silent, so are they. A missing variable arrives as "". */
#ifndef CANTEEN_TEMPLATE_DJANGO_FILTERS_H
#define CANTEEN_TEMPLATE_DJANGO_FILTERS_H

#include "template/function.h"
#include "template/tval.h"

/* django_text.c */
ct_tfunction ct_django_addslashes, ct_django_capfirst, ct_django_center, ct_django_cut, ct_django_ljust,
    ct_django_lower, ct_django_phone2numeric, ct_django_pprint, ct_django_rjust, ct_django_slugify,
    ct_django_stringformat, ct_django_title, ct_django_upper, ct_django_wordcount, ct_django_wordwrap;

/* django_truncate.c */
ct_tfunction ct_django_truncatechars, ct_django_truncatechars_html, ct_django_truncatewords,
    ct_django_truncatewords_html;

/* django_lists.c */
ct_tfunction ct_django_dictsort, ct_django_dictsortreversed, ct_django_first, ct_django_join, ct_django_last,
    ct_django_length, ct_django_length_is, ct_django_make_list, ct_django_random, ct_django_slice,
    ct_django_unordered_list;

/* django_numbers.c */
ct_tfunction ct_django_add, ct_django_date, ct_django_default, ct_django_default_if_none, ct_django_divisibleby,
    ct_django_filesizeformat, ct_django_floatformat, ct_django_get_digit, ct_django_pluralize, ct_django_time,
    ct_django_timesince, ct_django_timeuntil, ct_django_yesno;

/* django_html.c and django_striptags.c */
ct_tfunction ct_django_escape, ct_django_escapejs, ct_django_escapeseq, ct_django_force_escape, ct_django_iriencode,
    ct_django_json_script, ct_django_linebreaks, ct_django_linebreaksbr, ct_django_linenumbers, ct_django_safe,
    ct_django_safeseq, ct_django_striptags, ct_django_urlencode;

/* django_local.c */
ct_tfunction ct_django_localize, ct_django_timezone, ct_django_unlocalize, ct_django_utc;

/* django_languages.c */
ct_tfunction ct_django_language_bidi, ct_django_language_name, ct_django_language_name_local,
    ct_django_language_name_translated;

/* django_urlize.c */
ct_tfunction ct_django_urlize, ct_django_urlizetrunc;

/* humanize.c */
ct_tfunction ct_humanize_apnumber, ct_humanize_intcomma, ct_humanize_intword, ct_humanize_naturalday,
    ct_humanize_naturaltime, ct_humanize_ordinal;

/* ---- int() ---- */

typedef enum ct_int_outcome {
    CT_INT_READ,
    CT_INT_LARGE,   /* a whole number beyond 64 bits */
    CT_INT_VALUE,   /* text that is no whole number, or NaN: Python raises ValueError */
    CT_INT_TYPE,    /* neither text nor number: TypeError */
    CT_INT_INFINITE /* OverflowError */
} ct_int_outcome;

/* int(v). LARGE gives the nearest number there is. */
ct_int_outcome ct_django_int(ct_renderer *r, ct_tval v, int64_t *ret_value);
/* The same for lengths and counts: every outcome but READ and LARGE ends the render. `what` names the value. */
int64_t ct_django_need_int(ct_renderer *r, ct_tval v, const char *what);
/* Ends the render with what is wrong with the value. */
CT_NORETURN void ct_django_fail_int(ct_renderer *r, ct_tval v, const char *what, ct_int_outcome outcome);

/* int(v) of any size: its digits without leading zeros, "0" at least. READ or what is wrong. */
ct_int_outcome ct_django_digits(ct_renderer *r, ct_tval v, bool *ret_negative, ct_str *ret_digits);
/* The number of the digits: an INT, or TEXT where it is too large for one. */
ct_tval ct_django_whole(ct_renderer *r, bool negative, ct_str digits);
/* Appends digits with a comma between each three. */
void ct_write_grouped(ct_buffer *out, ct_str digits);

/* ---- decimal numbers ---- */

/* digits * 10^exponent, as Python's Decimal has them: no leading zeros, but at least one digit. */
typedef struct ct_digits {
    bool negative;
    ct_str digits;
    int exponent;
} ct_digits;

#define CT_DIGITS_ROOM 48
/* Decimal(repr(value)) of a finite real; `room` is where the digits are put. */
ct_digits ct_digits_of_real(double value, char room[CT_DIGITS_ROOM]);
/* Appends the decimal with `places` digits behind the point, halves rounded away from zero. At most 200 digits. */
void ct_write_digits(ct_buffer *out, ct_digits d, unsigned places, bool grouped);

/* Appends a real as Django shows it: all its digits, without an exponent where it has no more than 200. */
void ct_write_localized(ct_buffer *out, double value, bool grouped);

/* ---- others ---- */

/* The text of an argument that must be text. */
ct_str ct_django_need_text(ct_renderer *r, ct_tval v, const char *what);
/* Whether text is to be escaped by a filter that looks at autoescape itself. */
bool ct_django_escapes(const ct_renderer *r, ct_tval text);
/* A moment, or a day, by a format. */
ct_tval ct_django_format_date(ct_renderer *r, ct_tval v, ct_str format);
/* Percent-encodes what is neither a letter nor a digit nor one of `kept`. */
void ct_percent_write(ct_buffer *out, ct_str text, const char *kept);

#endif
