/* Statements on a connection: queued, sent at the end of the turn, answered in their order (see postgres.h).
 *
 * Invariants:
 *   - A request is in one list: queued, sent, or none once it is done, when its fiber takes what it brought.
 *   - `sent` has requests, and syncs between groups of reads, in the order in which the server answers them. The head
 *     is what the next result belongs to: `left` commands whose end has not come, then maybe a sync.
 *   - A request without a fiber belongs to this file alone, one with a fiber borrows that fiber's statement until it is
 *     sent.
 *   - A connection that is lost has no request left. It is closed by its owner, never from in here.
 *
 * What is not done here: choosing a connection, sending again what was lost (postgres_share.c). */
#include "base/time.h"
#include "db/placeholders.h"
#include "db/postgres_prepared.h"
#include "db/postgres_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SENT 512                    /* under way on a connection at once; what is more stays queued */
#define MAX_QUEUED 16384                /* beyond, a statement is refused */
#define PATIENCE (100 * CT_MILLISECOND) /* with a statement that nobody waits for */
#define CANCEL_ECHO (10 * CT_SECOND)    /* for how long an answer may be due to our asking to stop */

static void await(ct_pg *pg, ct_pg_request *request)
{
    request->sent_at = pg->loop->now;
    ct_list_append(&pg->sent, &request->link);
    pg->sent_count++;
    pg->unknown += request->unknown;
}

/* What is known now of the columns of a statement that is kept. */
static void note_columns(ct_pg *pg, const ct_pg_request *request, bool text)
{
    ct_pg_prepared *prepared = request->prepared ? ct_pg_prepared_numbered(pg, request->prepared) : NULL;
    if (!prepared)
        return;
    prepared->described = true;
    prepared->text = text;
}

static bool needs_text(ct_pg_request *request)
{
    if (request->known || !(request->describe || (request->statement->read && !request->text)))
        return false;
    bool text = ct_pg_has_foreign(request->result);
    note_columns(request->pg, request, text);
    return text;
}

/* Gives the rows of the result to the sink. */
static ct_pg_answer take_result(ct_pg_request *request)
{
    if (request->failed)
        return CT_PG_FAILED;
    if (needs_text(request))
        return CT_PG_IN_TEXT;
    if (!request->describe && !ct_pg_rows(request->result, !request->statement->read, request->sink, &request->error))
        return CT_PG_FAILED;
    return CT_PG_DONE;
}

/* The server works on one after the other: it began when the one before had ended. */
static void note_end(ct_pg *pg, const ct_pg_request *request)
{
    ct_time now = pg->loop->now;
    if (pg->times && request->key && !request->aborted && !request->describe)
        ct_pg_note_time(pg->times, request->key, now - CT_MAX(request->sent_at, pg->answered));
    pg->answered = now;
    pg->answers++;
}

/* The head goes out of `sent`, with all its answers. One that a neighbour's error has aborted goes back, to be sent
 * alone. What a read has brought is taken here and not by its fiber, so that the memory of one result is that of the
 * next one: many fibers may have become ready at once. */
static void settle(ct_pg *pg)
{
    ct_pg_request *request = CT_CONTAINER(ct_list_take(&pg->sent), ct_pg_request, link);
    pg->sent_count--;
    pg->unknown -= request->unknown;
    pg->settled++;
    note_end(pg, request);
    if (!request->fiber) {
        ct_pg_request_free(request);
    } else if (request->aborted && !request->failed) {
        request->aborted = false;
        request->sync = true;
        request->sent_at = 0;
        ct_pg_request_queue(pg, request);
    } else {
        if (pg->shared && !request->sync)
            request->answer = take_result(request);
        if (request->answer) {
            ct_pq.clear(request->result);
            request->result = NULL;
        }
        request->done = true;
        ct_fiber_wake(request->fiber);
    }
}

/* ---- the end of a connection ---- */

static void tell_lost(ct_pg *pg, ct_pg_request *request, bool sent)
{
    if (!request->fiber) {
        ct_pg_request_free(request);
        return;
    }
    request->failed = true;
    request->error = pg->why;
    request->error.trouble = sent ? CT_DB_LOST : CT_DB_UNAVAILABLE;
    request->error.sent = sent;
    ct_pq.clear(request->result);
    request->result = NULL;
    request->done = true;
    ct_fiber_wake(request->fiber);
}

static void lose(ct_pg *pg)
{
    if (pg->lost)
        return;
    pg->lost = pg->connection.broken = true;
    if (!pg->why.message[0])
        ct_pg_fail(&pg->why, CT_DB_LOST, "the connection to the database broke");
    if (pg->watch.fd >= 0)
        ct_loop_remove(pg->loop, &pg->watch);
    pg->watch.fd = -1;
    for (ct_list *node; (node = ct_list_take(&pg->sent));)
        tell_lost(pg, CT_CONTAINER(node, ct_pg_request, link), true);
    for (ct_list *node; (node = ct_list_take(&pg->queued));)
        tell_lost(pg, CT_CONTAINER(node, ct_pg_request, link), false);
    pg->sent_count = pg->queued_count = pg->unknown = 0;
}

/* ---- sending ---- */

static bool send_command(ct_pg *pg, ct_pg_request *request)
{
    request->left = 1;
    return ct_pq.send_params(pg->conn, request->command, 0, NULL, NULL, NULL, NULL, 1);
}

static bool send_sync(ct_pg *pg)
{
    pg->group = false;
    return ct_pq.pipeline_sync(pg->conn);
}

/* Ends the group of reads that has been sent before. */
static bool close_group(ct_pg *pg)
{
    if (!pg->group)
        return true;
    ct_pg_request *marker = ct_pg_request_new(pg);
    marker->sync = true;
    await(pg, marker);
    return send_sync(pg);
}

/* A command of our own, now: in a transaction of its own, so that its failure is nobody else's. */
static bool send_now(ct_pg *pg, const char *sql)
{
    ct_pg_request *request = ct_pg_request_new(pg);
    request->command = ct_xstrdup(sql);
    request->sync = true;
    bool sent = close_group(pg) && send_command(pg, request) && send_sync(pg);
    await(pg, request);
    return sent;
}

static bool make_room(ct_pg *pg)
{
    char sql[48];
    if (pg->prepared_count < CT_PG_PREPARED)
        return true;
    snprintf(sql, sizeof sql, "DEALLOCATE s%u", ct_pg_prepared_oldest(pg));
    return send_now(pg, sql);
}

static bool is_kept(const ct_pg *pg, const ct_db_statement *statement)
{
    return !statement->once && !pg->connection.target->pooled;
}

static uint64_t digest(const ct_db_statement *statement, const ct_pg_params *params)
{
    uint64_t id = statement->id ? statement->id : ct_hash(statement->sql, strlen(statement->sql));
    return id ^ ct_hash(params->types, (size_t)params->count * sizeof *params->types);
}

static uint64_t digest_of(const ct_pg_request *request)
{
    return digest(request->statement, &request->params);
}

static bool send_unprepared(ct_pg *pg, ct_pg_request *request)
{
    const ct_pg_params *params = &request->params;
    request->left = 1;
    request->known = false;
    return ct_pq.send_params(pg->conn, request->statement->sql, params->count, params->types, params->values,
                             params->lengths, params->formats, !request->text);
}

static ct_pg_prepared *prepare(ct_pg *pg, ct_pg_request *request, uint64_t key)
{
    const char *sql = request->statement->sql;
    if (!make_room(pg))
        return NULL;
    ct_pg_prepared *prepared = ct_pg_prepared_add(pg, key, sql);
    request->preparing = prepared->number;
    return ct_pq.send_prepare(pg->conn, prepared->name, sql, request->params.count, request->params.types) ? prepared
                                                                                                           : NULL;
}

/* One that is being prepared may fail to be: that aborts those behind it in the same group, but is an error of its own
 * for those that have a sync of theirs. They go unprepared. */
static bool send_prepared(ct_pg *pg, ct_pg_request *request)
{
    const ct_pg_params *params = &request->params;
    uint64_t key = digest_of(request);
    ct_pg_prepared *prepared = ct_pg_prepared_find(pg, key, request->statement->sql);
    if (prepared && !prepared->ready && request->sync)
        return send_unprepared(pg, request);
    request->left = prepared ? 1 : 2;
    if (!prepared)
        prepared = prepare(pg, request, key);
    if (!prepared)
        return false;
    request->prepared = prepared->number;
    request->known = prepared->described;
    return ct_pq.send_prepared(pg->conn, prepared->name, params->count, params->values, params->lengths,
                               params->formats, !(prepared->text || request->text));
}

/* Prepares it and asks for the types of its columns; one that is not kept is prepared without a name. */
static bool send_description(ct_pg *pg, ct_pg_request *request)
{
    bool keep = is_kept(pg, request->statement);
    uint64_t key = keep ? digest_of(request) : 0;
    ct_pg_prepared *prepared = keep ? ct_pg_prepared_find(pg, key, request->statement->sql) : NULL;
    const char *name = "";
    request->left = 2;
    if (prepared)
        request->left = 1;
    else if (keep)
        prepared = prepare(pg, request, key);
    else if (!ct_pq.send_prepare(pg->conn, "", request->statement->sql, request->params.count, request->params.types))
        return false;
    if (keep && !prepared)
        return false;
    if (prepared) {
        request->prepared = prepared->number;
        name = prepared->name;
    }
    return ct_pq.send_describe(pg->conn, name);
}

static bool send_statement(ct_pg *pg, ct_pg_request *request)
{
    if (request->command)
        return send_command(pg, request);
    if (request->describe)
        return send_description(pg, request);
    if (!is_kept(pg, request->statement))
        return send_unprepared(pg, request);
    return send_prepared(pg, request);
}

static bool send_request(ct_pg *pg, ct_pg_request *request)
{
    bool ready = !request->sync || close_group(pg);
    bool sent = ready && send_statement(pg, request);
    await(pg, request);
    if (!sent)
        return false;
    pg->group = !request->sync;
    return !request->sync || send_sync(pg);
}

/* Waits for room too, or no longer. */
static void watch_for(ct_pg *pg, bool writing)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | (writing ? EPOLLOUT : 0u), .data.ptr = &pg->watch };
    if (pg->writing == writing)
        return;
    pg->writing = writing;
    epoll_ctl(pg->loop->epoll_fd, EPOLL_CTL_MOD, pg->watch.fd, &event);
}

static void read_results(ct_pg *pg);

static void flush(ct_pg *pg)
{
    int left = ct_pq.flush(pg->conn);
    if (left < 0) {
        lose(pg);
        return;
    }
    watch_for(pg, left > 0);
    if (left > 0)
        read_results(pg); /* it has read what it could meanwhile, and no event tells of that */
}

/* Reads whose time is known, whatever was asked between them. */
static bool send_reads(ct_pg *pg)
{
    for (ct_list *node = pg->queued.next, *next; node != &pg->queued; node = next) {
        ct_pg_request *request = CT_CONTAINER(node, ct_pg_request, link);
        next = node->next;
        if (!request->sync && !request->unknown && !send_request(pg, ct_pg_request_unqueue(pg, request)))
            return false;
    }
    return true;
}

/* The next one to send. NULL: there is none, or it has to wait for an answer: a write could not be taken back from
 * behind a statement that turns out to run for long. */
static ct_pg_request *next_to_send(const ct_pg *pg)
{
    if (ct_list_empty(&pg->queued) || pg->sent_count >= MAX_SENT)
        return NULL;
    ct_pg_request *request = CT_CONTAINER(pg->queued.next, ct_pg_request, link);
    bool write = pg->shared && request->statement && !request->statement->read;
    return write && pg->unknown ? NULL : request;
}

/* Statements of one turn have no order among them, so reads go first and have one sync; where not all can go, they go
 * as they came, so that none is passed over for ever. */
static ct_time end_turn(ct_turn *turn)
{
    ct_pg *pg = CT_CONTAINER(turn, ct_pg, turn);
    ct_pg_request *request;
    if (pg->lost || pg->in_script || !next_to_send(pg))
        return INT64_MAX;
    bool all = !pg->unknown && pg->queued_count + pg->sent_count <= MAX_SENT;
    bool sent = !all || send_reads(pg);
    while (sent && (request = next_to_send(pg)) != NULL)
        sent = send_request(pg, ct_pg_request_unqueue(pg, request));
    if (sent && close_group(pg))
        flush(pg);
    else
        lose(pg);
    return next_to_send(pg) ? pg->loop->now : INT64_MAX;
}

/* ---- receiving ---- */

/* The server ends this connection, whatever has been asked; or libpq itself says, without a code, that it is gone. */
static bool is_fatal(const PGresult *result)
{
    if (!ct_pq.result_error_field(result, PG_DIAG_SQLSTATE))
        return true;
    const char *severity = ct_pq.result_error_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* What was to be prepared is not. */
static void forget_unprepared(ct_pg *pg, ct_pg_request *request)
{
    if (request->preparing)
        ct_pg_prepared_forget(pg, request->preparing);
    request->preparing = 0;
}

/* An error that has nothing to do with the statement, which was not run: what was prepared does not fit any more, for a
 * table has changed, or is gone (DEALLOCATE ALL); or the server was asked to stop another statement, and this one came
 * just then. */
static bool is_passing(ct_pg *pg, ct_pg_request *request, const PGresult *result)
{
    const char *code = ct_pq.result_error_field(result, PG_DIAG_SQLSTATE);
    bool stopped = strcmp(code, "57014") == 0 && pg->cancelled && pg->loop->now - pg->cancelled < CANCEL_ECHO;
    bool stale = request->prepared && (strcmp(code, "0A000") == 0 || strcmp(code, "26000") == 0);
    if (stale)
        ct_pg_prepared_forget(pg, request->prepared);
    if (request->again || !request->alone || !(stale || stopped))
        return false;
    request->again = true;
    return true;
}

static void take_error(ct_pg *pg, ct_pg_request *request, const PGresult *result)
{
    forget_unprepared(pg, request);
    if (!is_fatal(result) && !request->failed && is_passing(pg, request, result)) {
        request->aborted = true;
        return;
    }
    if (is_fatal(result)) {
        ct_pg_error(&pg->why, result);
        lose(pg);
    } else if (!request->failed) {
        request->failed = true;
        ct_pg_error(&request->error, result);
        ct_pq.clear(request->result); /* a COMMIT that failed behind a statement that had not */
        request->result = NULL;
    }
}

static void note_prepared(ct_pg *pg, ct_pg_request *request)
{
    ct_pg_prepared *prepared = ct_pg_prepared_numbered(pg, request->preparing);
    if (prepared)
        prepared->ready = true;
    request->preparing = 0;
}

static void take_rows(ct_pg *pg, ct_pg_request *request, PGresult *result)
{
    if (request->left > 1)
        note_prepared(pg, request);
    if (request->left != 1 || !request->fiber || request->failed) {
        ct_pq.clear(result);
        return;
    }
    ct_pq.clear(request->result);
    request->result = result;
    const char *command = ct_pq.command(result);
    pg->rolled_back = !pg->shared && strcmp(command, "ROLLBACK") == 0;
    if (CT_UNLIKELY(pg->shared && (strcmp(command, "BEGIN") == 0 || strcmp(command, "START TRANSACTION") == 0))) {
        /* postgres_share.c lets none pass. What others would then write is not committed. */
        ct_pg_fail(&pg->why, CT_DB_LOST, "a statement has begun a transaction on a connection that requests share");
        lose(pg);
    }
}

/* The end of a command: a NULL. False where none was expected. */
static bool take_end(ct_pg *pg, ct_pg_request *request)
{
    if (!request->left)
        return false;
    request->left--;
    if (!request->left && !request->sync)
        settle(pg);
    return true;
}

/* False where the server says what it cannot say here. */
static bool take_answer(ct_pg *pg, ct_pg_request *request, PGresult *result)
{
    if (!result)
        return take_end(pg, request);
    switch (ct_pq.result_status(result)) {
    case PGRES_PIPELINE_SYNC:
        ct_pq.clear(result);
        if (request->left || !request->sync)
            return false;
        settle(pg);
        return true;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        take_rows(pg, request, result);
        return true;
    case PGRES_PIPELINE_ABORTED:
        forget_unprepared(pg, request);
        request->aborted = true;
        break;
    case PGRES_FATAL_ERROR:
        take_error(pg, request, result);
        break;
    default:
        ct_pg_fail(&pg->why, CT_DB_LOST, "%s", ct_pg_no_copy);
        ct_pq.clear(result);
        return false;
    }
    ct_pq.clear(result);
    return true;
}

static void read_results(ct_pg *pg)
{
    unsigned odd = 0;
    if (ct_list_empty(&pg->sent))
        ct_pq.is_busy(pg->conn); /* takes what nobody asked for: notices, changed parameters */
    while (!pg->lost && !ct_list_empty(&pg->sent) && !ct_pq.is_busy(pg->conn)) {
        ct_pg_request *request = CT_CONTAINER(pg->sent.next, ct_pg_request, link);
        PGresult *result = ct_pq.get_result(pg->conn);
        bool end = !result;
        if (!take_answer(pg, request, result) && (!end || ++odd > 2))
            lose(pg);
    }
}

static void ready(ct_watch *watch, uint32_t events)
{
    ct_pg *pg = CT_CONTAINER(watch, ct_pg, watch);
    if (pg->in_script || pg->lost)
        return;
    if (!ct_pq.consume_input(pg->conn)) {
        read_results(pg); /* what it said before it left */
        lose(pg);
        return;
    }
    read_results(pg);
    if (!pg->lost && (pg->writing || (events & EPOLLOUT)))
        flush(pg);
}

/* ---- statements that nobody waits for ---- */

/* Looks again, in a while, at what runs now. */
static void be_patient(ct_pg *pg)
{
    pg->settled = 0;
    ct_timer_set(&pg->loop->timers, &pg->impatience, pg->loop->now + PATIENCE);
}

/* The server is stopped in what it does for nobody; others wait behind it. */
static void lose_patience(ct_timer *timer)
{
    ct_pg *pg = CT_CONTAINER(timer, ct_pg, impatience);
    if (pg->lost || ct_list_empty(&pg->sent))
        return;
    const ct_pg_request *head = CT_CONTAINER(pg->sent.next, ct_pg_request, link);
    if (!pg->settled && head->statement && !head->fiber)
        ct_pg_cancel(pg);
    be_patient(pg);
}

/* ---- out of the pipeline and back, for a script ---- */

bool ct_pg_pause(ct_pg *pg)
{
    if (!ct_pq.exit_pipeline(pg->conn))
        return false;
    pg->in_script = true;
    ct_loop_remove(pg->loop, &pg->watch); /* the fiber watches the socket itself */
    return true;
}

void ct_pg_resume(ct_pg *pg)
{
    pg->in_script = false;
    if (!ct_pq.enter_pipeline(pg->conn) || !ct_loop_add(pg->loop, &pg->watch, EPOLLIN | EPOLLRDHUP))
        lose(pg);
}

/* ---- life ---- */

bool ct_pg_begin(ct_pg *pg, ct_db_error *error)
{
    pg->loop = ct_loop_current();
    ct_list_init(&pg->queued);
    ct_list_init(&pg->sent);
    ct_list_init(&pg->spare);
    ct_list_init(&pg->recent);
    pg->watch = (ct_watch){ .fd = ct_pq.socket(pg->conn), .ready = ready };
    pg->turn.run = end_turn;
    ct_timer_init(&pg->impatience, lose_patience);
    if (ct_pq.set_nonblocking(pg->conn, 1) || !ct_pq.enter_pipeline(pg->conn) ||
        !ct_loop_add(pg->loop, &pg->watch, EPOLLIN | EPOLLRDHUP)) {
        pg->watch.fd = -1;
        return ct_pg_fail(error, CT_DB_UNAVAILABLE, "the connection cannot be watched: %m");
    }
    ct_list_append(&pg->loop->turns, &pg->turn.link);
    return true;
}

static void release(ct_grave *grave)
{
    free(CT_CONTAINER(grave, ct_pg, grave));
}

void ct_pg_close(ct_pg *pg)
{
    if (!pg)
        return;
    if (pg->loop) {
        lose(pg);
        if (ct_timer_armed(&pg->impatience))
            ct_timer_clear(&pg->loop->timers, &pg->impatience);
        ct_pg_requests_finish(pg);
        ct_pg_prepared_finish(pg);
    }
    if (pg->conn)
        ct_pq.finish(pg->conn);
    if (ct_list_linked(&pg->turn.link))
        ct_list_remove(&pg->turn.link);
    pg->conn = NULL;
    pg->closed = true;
    if (pg->asking)
        return; /* let_go() */
    if (pg->loop && pg->loop == ct_loop_current())
        ct_loop_bury(pg->loop, &pg->grave, release);
    else
        free(pg);
}

ct_time ct_pg_oldest(const ct_pg *pg)
{
    if (ct_list_empty(&pg->sent))
        return INT64_MAX;
    return CT_CONTAINER(pg->sent.next, ct_pg_request, link)->sent_at;
}

ct_time ct_pg_running(const ct_pg *pg, ct_time now)
{
    if (ct_list_empty(&pg->sent))
        return 0;
    return now - CT_MAX(CT_CONTAINER(pg->sent.next, ct_pg_request, link)->sent_at, pg->answered);
}

/* ---- asking ---- */

/* The fiber is done with its request. The last one takes a connection with it that was closed meanwhile. */
static void let_go(ct_pg *pg)
{
    if (--pg->asking == 0 && pg->closed)
        free(pg);
}

/* Nobody waits for it any more. What has not been sent never will be. */
static void abandon(ct_pg *pg, ct_pg_request *request)
{
    request->fiber = NULL;
    if (!ct_list_linked(&request->link)) /* it is done, or was moved before it was sent */
        ct_pg_request_free(request);
    else if (!request->sent_at)
        ct_pg_request_free(ct_pg_request_unqueue(pg, request));
    else if (!ct_timer_armed(&pg->impatience))
        be_patient(pg);
}

/* What has not been sent never will be from here. */
static void move(ct_pg *pg, ct_pg_request *request)
{
    if (!(request->movable || (!request->sent_at && request->statement)) || !request->fiber || request->moved)
        return;
    if (!request->sent_at)
        ct_pg_request_unqueue(pg, request);
    request->moved = true;
    ct_fiber_wake(request->fiber);
}

void ct_pg_move_others(ct_pg *pg)
{
    for (ct_list *node = pg->sent.next->next; node != &pg->sent && !ct_list_empty(&pg->sent); node = node->next)
        move(pg, CT_CONTAINER(node, ct_pg_request, link));
    for (ct_list *node = pg->queued.next, *next; node != &pg->queued; node = next) {
        next = node->next;
        move(pg, CT_CONTAINER(node, ct_pg_request, link));
    }
}

/* Until it is done, or to be moved. */
static void wait_for(ct *c, ct_pg_request *request)
{
    while (!request->done && !request->moved) {
        if (ct_pause(c, INT64_MAX) == CT_WAKE_READY || request->done)
            continue;
        ct_pg *pg = request->pg;
        abandon(pg, request);
        let_go(pg);
        ct_wait(c, INT64_MAX);
        __builtin_unreachable(); /* it ends the request */
    }
}

static ct_pg_answer take(ct_pg_request *request, ct_db_error *error)
{
    ct_pg_answer result = request->answer ? request->answer : take_result(request);
    if (result == CT_PG_FAILED)
        *error = request->error;
    ct_pg_request_free(request);
    return result;
}

static bool is_alone(const ct_pg *pg)
{
    return pg->shared || !pg->transaction;
}

/* What a request is about, beside its statement. */
typedef struct question {
    const ct_db_statement *statement;
    ct_pg_params params;
    ct_pg_manner *manner; /* NULL: none */
    bool text, describe;
} question;

static void take_manner(ct_pg *pg, ct_pg_request *request, const ct_pg_manner *manner)
{
    request->heavy = manner->heavy;
    request->movable = manner->movable;
    request->unknown = manner->unknown;
    request->key = manner->key;
    pg->heavy += manner->heavy;
}

static void refuse(const ct_pg *pg, ct_db_error *error)
{
    if (pg->lost)
        ct_pg_fail(error, CT_DB_UNAVAILABLE, "%s", pg->why.message);
    else
        ct_pg_fail(error, CT_DB_UNAVAILABLE, "%d statements wait for the database already", MAX_QUEUED);
}

static ct_pg_answer ask(ct *c, ct_pg *pg, const question *asked, ct_db_sink *sink, ct_db_error *error)
{
    if (CT_UNLIKELY(pg->lost || pg->queued_count >= MAX_QUEUED)) {
        refuse(pg, error);
        return CT_PG_FAILED;
    }
    ct_pg_request *request = ct_pg_request_new(pg);
    request->fiber = ct_fiber_current();
    request->statement = asked->statement;
    request->sink = sink;
    request->params = asked->params;
    request->text = asked->text;
    request->describe = asked->describe;
    request->alone = is_alone(pg);
    request->sync = !pg->shared || !asked->statement->read;
    if (asked->manner)
        take_manner(pg, request, asked->manner);
    ct_pg_request_queue(pg, request);
    wait_for(c, request);
    if (request->done)
        return take(request, error);
    abandon(pg, request);
    if (asked->manner)
        asked->manner->ret_moved = true;
    ct_pg_fail(error, CT_DB_UNAVAILABLE, "a statement that takes long was before it");
    return CT_PG_FAILED;
}

const char ct_pg_no_copy[] = "COPY from STDIN and to STDOUT are not for programs: ct_bulk_create() writes many rows, "
                             "ct_each() reads them, and `dbshell` is a shell that knows COPY";

static bool may_have_rows(const char *sql)
{
    const char *word = sql + strspn(sql, " \t\r\n(");
    return strncasecmp(word, "select", 6) == 0 || strncasecmp(word, "values", 6) == 0 ||
           strncasecmp(word, "with", 4) == 0 || strncasecmp(word, "fetch", 5) == 0 || strcasestr(sql, "returning");
}

/* The program's own text with a result of who knows which types, for the first time on this connection. It may write,
 * so it cannot be run once to see. */
static bool is_unknown(ct_pg *pg, const question *asked)
{
    const ct_db_statement *statement = asked->statement;
    if (!statement->raw || statement->read || !may_have_rows(statement->sql))
        return false;
    const ct_pg_prepared *prepared =
        is_kept(pg, statement) ? ct_pg_prepared_find(pg, digest(statement, &asked->params), statement->sql) : NULL;
    return !prepared || !prepared->described;
}

static ct_pg_answer find_out_and_ask(ct *c, ct_pg *pg, question *asked, ct_db_sink *sink, ct_db_error *error)
{
    if (is_unknown(pg, asked)) {
        asked->describe = true;
        ct_pg_answer columns = ask(c, pg, asked, NULL, error);
        if (columns == CT_PG_FAILED && error->trouble == CT_DB_LOST) { /* it was not run */
            error->trouble = CT_DB_UNAVAILABLE;
            error->sent = false;
        }
        if (columns == CT_PG_FAILED)
            return CT_PG_FAILED;
        asked->describe = false;
        asked->text = columns == CT_PG_IN_TEXT;
    }
    ct_pg_answer result = ask(c, pg, asked, sink, error);
    if (result != CT_PG_IN_TEXT)
        return result;
    asked->text = true;
    return ask(c, pg, asked, sink, error);
}

bool ct_pg_ask(ct *c, ct_pg *pg, const ct_db_statement *statement, ct_db_sink *sink, ct_db_error *error)
{
    return ct_pg_ask_shared(c, pg, statement, sink, NULL, error);
}

bool ct_pg_ask_shared(ct *c, ct_pg *pg, const ct_db_statement *statement, ct_db_sink *sink, ct_pg_manner *manner,
                      ct_db_error *error)
{
    question asked = { .statement = statement, .manner = manner };
    if (!statement->read && CT_UNLIKELY(ct_copies_with_client(statement->sql))) /* it would end the connection */
        return ct_pg_fail(error, CT_DB_OTHER, "%s", ct_pg_no_copy);
    const char *problem = ct_pg_write(c, statement, &asked.params);
    if (problem)
        return ct_pg_fail(error, problem == ct_pg_no_decimal ? CT_DB_OTHER : CT_DB_BAD_VALUE, "%s", problem);
    pg->asking++;
    ct_pg_answer result = find_out_and_ask(c, pg, &asked, sink, error);
    let_go(pg);
    return result == CT_PG_DONE;
}

void ct_pg_tell(ct_pg *pg, const char *sql)
{
    if (pg->lost)
        return;
    ct_pg_request *request = ct_pg_request_new(pg);
    request->command = ct_xstrdup(sql);
    request->sync = true;
    ct_pg_request_queue(pg, request);
}
