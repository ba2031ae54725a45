/* The kinds of data of canteen/types.h without a `ct`: what they are as text, read and written, and their arithmetic.
 *
 * Writers fill the caller's room and return the length without the NUL. Readers take a slice, all of it, and leave
 * `*ret_...` alone where it is no such value. Nothing here allocates. */
#ifndef CANTEEN_SHAPE_TYPES_H
#define CANTEEN_SHAPE_TYPES_H

#include "base/common.h"
#include "base/str.h"
#include "canteen/types.h"

/* ---- decimal.c ---- */

#define CT_DECIMAL_DIGITS 38
#define CT_DECIMAL_SCALE 37 /* the largest */
#define CT_DECIMAL_SIZE 48
size_t ct_decimal_write(ct_decimal value, char ret_text[CT_DECIMAL_SIZE]);
bool ct_decimal_parse(ct_str text, ct_decimal *ret_value);
/* A scale of 0 to 37, and no more than 38 digits: programs can write others into the struct. */
bool ct_decimal_is_valid(ct_decimal value);

/* False where the result has more than 38 digits, an operand is none that this library makes, or the divisor is 0. */
bool ct_decimal_sum(ct_decimal a, ct_decimal b, ct_decimal *ret_value);
bool ct_decimal_product(ct_decimal a, ct_decimal b, ct_decimal *ret_value);
bool ct_decimal_quotient(ct_decimal a, ct_decimal b, int scale, ct_decimal *ret_value);
bool ct_decimal_scaled(ct_decimal value, int scale, ct_decimal *ret_value);
/* Whole digits, at least 1, and those of the fraction: of 12.50 they are 2 and 2. */
int ct_decimal_whole_digits(ct_decimal value);
static inline ct_decimal ct_decimal_negated(ct_decimal value)
{
    value.units = -value.units;
    return value;
}

/* ---- moment.c ---- */

#define CT_DATE_FIRST (-719162) /* 0001-01-01 */
#define CT_DATE_LAST 2932896    /* 9999-12-31 */

#define CT_DATE_SIZE 11
size_t ct_date_format(ct_date date, char ret_text[CT_DATE_SIZE]);
bool ct_date_parse(ct_str text, ct_date *ret_date);
/* False: there is no such day. */
bool ct_date_of(int year, int month, int day, ct_date *ret_date);

#define CT_DAYTIME_SIZE 16
size_t ct_daytime_format(ct_daytime time, char ret_text[CT_DAYTIME_SIZE]);
bool ct_daytime_parse(ct_str text, ct_daytime *ret_time);

#define CT_DATETIME_SIZE 28
size_t ct_datetime_format(ct_time time, char ret_text[CT_DATETIME_SIZE]);
bool ct_datetime_parse(ct_str text, ct_time *ret_time);

/* ---- duration.c ---- */

#define CT_DURATION_SIZE 40
size_t ct_duration_format(ct_time duration, char ret_text[CT_DURATION_SIZE]);
/* ISO 8601, as Django writes it into JSON: "P1DT12H30M00.500000S". */
size_t ct_duration_format_iso(ct_time duration, char ret_text[CT_DURATION_SIZE]);
bool ct_duration_parse(ct_str text, ct_time *ret_duration);

/* ---- uuid.c ---- */

#define CT_UUID_SIZE 37
size_t ct_uuid_format(ct_uuid uuid, char ret_text[CT_UUID_SIZE]);
bool ct_uuid_parse(ct_str text, ct_uuid *ret_uuid);

#endif
