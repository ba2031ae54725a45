/* The line of writers, one for each database of a site. */
#include "db/sqlite_turn.h"

#include "base/list.h"
#include "base/time.h"
#include "canteen/work.h"
#include "net/work.h"

#include <stdlib.h>

struct ct_sqlite_turn {
    ct_list link; /* in `turns` */
    const ct_db_target *target;
    size_t members;
    ct_sqlite_files files;
    const ct_sqlite *holder; /* NULL: nobody writes */
    ct_list waiting;         /* of struct place */
};

static ct_list turns = { &turns, &turns };

typedef struct place {
    ct_list link; /* unlinked: it is this one's turn */
    const ct_sqlite *sqlite;
    ct_fiber *fiber;
} place;

void ct_sqlite_turn_join(ct_sqlite *sqlite)
{
    struct ct_sqlite_turn *turn = NULL;
    for (ct_list *at = turns.next; at != &turns && !turn; at = at->next) {
        struct ct_sqlite_turn *other = CT_CONTAINER(at, struct ct_sqlite_turn, link);
        turn = other->target == sqlite->base.target ? other : NULL;
    }
    if (!turn) {
        turn = ct_xcalloc(1, sizeof(*turn));
        turn->target = sqlite->base.target;
        ct_list_init(&turn->waiting);
        ct_list_append(&turns, &turn->link);
    }
    turn->members++;
    sqlite->turn = turn;
}

void ct_sqlite_turn_leave(ct_sqlite *sqlite)
{
    struct ct_sqlite_turn *turn = sqlite->turn;
    if (!turn)
        return;
    ct_sqlite_turn_give(sqlite);
    if (--turn->members)
        return;
    ct_list_remove(&turn->link);
    free(turn);
}

ct_sqlite_files *ct_sqlite_turn_files(const ct_sqlite *sqlite)
{
    return &sqlite->turn->files;
}

bool ct_sqlite_turn_alone(const ct_sqlite *sqlite)
{
    return sqlite->turn->members == 1;
}

bool ct_sqlite_turn_take(ct_sqlite *sqlite, ct_db_error *error)
{
    struct ct_sqlite_turn *turn = sqlite->turn;
    if (CT_LIKELY(!turn->holder)) {
        turn->holder = sqlite;
        return true;
    }
    if (turn->holder == sqlite)
        return true;
    place own = { .sqlite = sqlite, .fiber = ct_fiber_current() };
    ct_list_append(&turn->waiting, &own.link);
    ct_time limit = sqlite->base.target->lock_timeout, until = limit ? ct_monotonic() + limit : INT64_MAX;
    ct_wake wake = CT_WAKE_READY;
    while (ct_list_linked(&own.link) && wake == CT_WAKE_READY)
        wake = ct_pause(sqlite->c, until);
    sqlite->stopped = wake == CT_WAKE_CANCELLED || ct_time_left(sqlite->c) == 0;
    if (!ct_list_linked(&own.link) && !sqlite->stopped)
        return true;
    if (ct_list_linked(&own.link))
        ct_list_remove(&own.link);
    else
        ct_sqlite_turn_give(sqlite);
    return ct_sqlite_refuse(error, CT_DB_LOCKED, "database is locked by another request of this worker");
}

void ct_sqlite_turn_give(ct_sqlite *sqlite)
{
    struct ct_sqlite_turn *turn = sqlite->turn;
    if (turn->holder != sqlite)
        return;
    ct_list *first = ct_list_take(&turn->waiting);
    place *next = first ? CT_CONTAINER(first, place, link) : NULL;
    turn->holder = next ? next->sqlite : NULL;
    if (next)
        ct_fiber_wake(next->fiber);
}
