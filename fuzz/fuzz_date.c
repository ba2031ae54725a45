/* HTTP dates: what parses, formats to text that parses to the same time; every time survives being formatted. */
#include "base/common.h"
#include "proto/date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_format(ct_time time)
{
    char text[30], iso[28];
    ct_time again;
    ct_http_date_format(time, text);
    ct_iso_format(time, iso);
    require(strlen(text) == 29 && strlen(iso) == 27);
    require(ct_http_date_parse((ct_str){ text, 29 }, time, &again));
    ct_civil civil = ct_civil_of(time);
    require(ct_civil_time(civil) - civil.microsecond == again);
    bool inside = civil.year > 0 && civil.year < 9999;
    require(!inside || (again <= time && time - again < CT_SECOND));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_time now = 0, time;
    if (size >= sizeof(now)) {
        memcpy(&now, data, sizeof(now));
        check_format(now);
        data += sizeof(now);
        size -= sizeof(now);
    }
    if (!ct_http_date_parse((ct_str){ (const char *)data, size }, now, &time))
        return 0;
    require(time % CT_SECOND == 0);
    bool short_year = memchr(data, '-', size) != NULL;
    if (!short_year || ct_civil_of(time).year > 0)
        check_format(time);
    if (short_year && ct_civil_of(now).year > 100 && ct_civil_of(now).year < 9900)
        require(time <= now + 366 * 51 * CT_DAY && time >= now - 366 * 51 * CT_DAY);
    return 0;
}
