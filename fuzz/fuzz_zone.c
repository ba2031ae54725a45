/* Files of time zones (TZif): any bytes are a zone or none; local times of a zone come back. */
#include "check.h"
#include "shape/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ct_time times[] = { INT64_MIN, -CT_DAY * 100000, -1, 0, CT_DAY * 20000, CT_DAY * 40000, INT64_MAX };
    ct_zone *zone = ct_zone_parse((ct_str){ (const char *)data, size });
    if (!zone)
        return 0;
    for (size_t i = 0; i < CT_COUNT(times); i++) {
        int offset = ct_zone_offset(zone, times[i]);
        FUZZ_CHECK(offset >= -26 * 3600 && offset <= 26 * 3600);
        ct_time local = ct_zone_to_local(zone, times[i]), utc = ct_zone_to_utc(zone, local);
        if (i && i < CT_COUNT(times) - 1) {
            FUZZ_CHECK(local - times[i] == offset * CT_SECOND);
            FUZZ_CHECK(utc - times[i] <= 4 * 26 * CT_HOUR && times[i] - utc <= 4 * 26 * CT_HOUR);
        }
    }
    ct_zone_free(zone);
    return 0;
}
