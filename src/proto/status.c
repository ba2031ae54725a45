/* Status lines and reason phrases: tables indexed by the code, made by the compiler from CT_STATUSES. */
#include "proto/status.h"

#include "base/common.h"

#define FIRST 100
#define LAST 599

typedef struct status_entry {
    ct_str line;
    const char *reason;
} status_entry;

#define LINE(code, phrase) "HTTP/1.1 " code " " phrase "\r\n"
#define ENTRY(code, name, phrase) [code - FIRST] = { { LINE(#code, phrase), sizeof(LINE(#code, phrase)) - 1 }, phrase },
static const status_entry entries[LAST - FIRST + 1] = { CT_STATUSES(ENTRY) };

/* The lines of all numbers without a phrase of their own, one after the other: all have the same length. */
#define UNKNOWN(code) LINE(code, "Unknown")
#define LINE_LENGTH (sizeof(UNKNOWN("000")) - 1)
/* clang-format off */
#define TEN(tens)                                                                                                      \
    UNKNOWN(tens "0") UNKNOWN(tens "1") UNKNOWN(tens "2") UNKNOWN(tens "3") UNKNOWN(tens "4")                          \
    UNKNOWN(tens "5") UNKNOWN(tens "6") UNKNOWN(tens "7") UNKNOWN(tens "8") UNKNOWN(tens "9")
#define HUNDRED(hundreds)                                                                                              \
    TEN(hundreds "0") TEN(hundreds "1") TEN(hundreds "2") TEN(hundreds "3") TEN(hundreds "4")                          \
    TEN(hundreds "5") TEN(hundreds "6") TEN(hundreds "7") TEN(hundreds "8") TEN(hundreds "9")
/* clang-format on */
static const char unknown_lines[] = HUNDRED("1") HUNDRED("2") HUNDRED("3") HUNDRED("4") HUNDRED("5");
_Static_assert(sizeof(unknown_lines) - 1 == CT_COUNT(entries) * LINE_LENGTH, "a line for each code");

const char *ct_status_text(int status)
{
    const char *reason = status >= FIRST && status <= LAST ? entries[status - FIRST].reason : NULL;
    return reason ? reason : "Unknown";
}

ct_str ct_status_line(int status)
{
    size_t index = (size_t)((status >= FIRST && status <= LAST ? status : 500) - FIRST);
    if (CT_LIKELY(entries[index].reason != NULL))
        return entries[index].line;
    return (ct_str){ unknown_lines + index * LINE_LENGTH, LINE_LENGTH };
}
