/* Statements under way on a connection, and their memory: for postgres_pipeline.c. */
#ifndef CANTEEN_DB_POSTGRES_REQUEST_H
#define CANTEEN_DB_POSTGRES_REQUEST_H

#include "db/postgres.h"

typedef enum ct_pg_answer {
    CT_PG_UNTAKEN, /* the result has not been looked at */
    CT_PG_FAILED,
    CT_PG_DONE,
    CT_PG_IN_TEXT /* it must be asked again, and its results be in text */
} ct_pg_answer;

struct ct_pg_request {
    ct_list link;
    ct_pg *pg;
    ct_fiber *fiber;                  /* who waits; NULL: nobody */
    const ct_db_statement *statement; /* NULL: a command of our own, or a sync between groups */
    ct_db_sink *sink;                 /* NULL: nobody wants the rows */
    ct_pg_params params;
    char *command;      /* on the heap */
    unsigned preparing; /* the number of the statement that it prepares, while that is not answered */
    unsigned prepared;  /* ... and of the one that it runs; 0: none */
    int left;           /* commands whose end has not come */
    bool sync;          /* has one of its own */
    bool text;          /* results are asked for in text */
    bool describe;      /* what it would give is asked, it is not run */
    bool alone;         /* not in a transaction: an error has undone all that it did */
    bool again;         /* has been sent a second time */
    bool known;         /* what types its columns have is known, and `text` of what is prepared is right */
    bool done, failed, aborted;
    bool heavy;          /* counted in pg->heavy */
    bool unknown;        /* counted in pg->unknown while it is in `sent` */
    bool movable;        /* may be asked on another connection instead, */
    bool moved;          /* ... and its fiber has been told to */
    uint64_t key;        /* of pg->times; 0: its time is not noted */
    ct_pg_answer answer; /* once it is done */
    ct_time sent_at;     /* 0: not yet */
    PGresult *result;
    ct_db_error error;
};

/* A zeroed one, but for its error. */
ct_pg_request *ct_pg_request_new(ct_pg *pg);
/* It is in no list. Some are kept for the next ones. */
void ct_pg_request_free(ct_pg_request *request);
void ct_pg_requests_finish(ct_pg *pg);

/* Into pg->queued and out of it; returns it. */
void ct_pg_request_queue(ct_pg *pg, ct_pg_request *request);
ct_pg_request *ct_pg_request_unqueue(ct_pg *pg, ct_pg_request *request);

#endif
