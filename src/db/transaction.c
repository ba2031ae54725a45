/* ct_atomic: blocks, savepoints, and what is called after a commit.
 *
 *   left by         root                                     inner
 *   its end         COMMIT, then the calls of ct_on_commit   RELEASE SAVEPOINT; the calls become the outer block's
 *   ct_rollback     ROLLBACK                                 ROLLBACK TO SAVEPOINT
 *   an abort        driver->abandon(), which does not wait   noted in root->undo: the next statement, if there is one
 *                                                            still, rolls it back first
 *
 * An abort that passes a block runs its clean-up (ct_defer), newest block first, before whoever catches it goes on. A
 * statement that an abort has cut off (root->busy) leaves the connection in the middle of something: the whole
 * transaction is lost then, and says so to whoever goes on with it. */
#include "db/transaction.h"

#include "base/random.h"
#include "canteen/work.h"
#include "net/work.h"

#include <stdio.h>

/* ---- the stack of blocks ---- */

ct_transaction *ct_db_block(const ct_db_session *session, const ct_transaction *root)
{
    ct_transaction *block = session->innermost;
    while (block && block->root != root)
        block = block->outer;
    return block;
}

ct_transaction *ct_db_root(const ct_db_session *session, const ct_db_entry *entry)
{
    for (const ct_transaction *block = session->innermost; block; block = block->outer)
        if (block->entry == entry)
            return block->root;
    return NULL;
}

ct_db_connection *ct_db_transaction_connection(ct *c, const ct_db_entry *entry)
{
    const ct_transaction *root = ct_db_root(ct_db_session_of(c), entry);
    return root ? root->connection : NULL;
}

bool ct_in_transaction(ct *c)
{
    const ct_db_session *session = *ct_work_database(c);
    return session && session->innermost;
}

static void pop(ct_transaction *block)
{
    ct_db_session *session = ct_db_session_of(block->c);
    session->innermost = block->outer;
    block->done = true;
}

/* ---- statements in it ---- */

static void give_back(ct_transaction *root)
{
    ct_db_connection *connection = root->connection;
    root->connection = NULL;
    if (connection)
        ct_pool_give(&root->entry->pool, connection);
}

/* Without a wait: also half way through a statement. */
static void abandon(ct_transaction *root)
{
    if (root->connection)
        root->entry->driver->abandon(root->connection);
    give_back(root);
}

static void lose(ct_transaction *root, const char *why)
{
    root->lost = why;
    root->strayed = root->connection && root->connection->strayed;
    abandon(root);
}

static bool run_plain(ct *c, ct_transaction *root, const ct_db_request *request, ct_db_sink *sink, ct_db_error *error)
{
    ct_db_connection *connection = root->connection;
    root->busy = true;
    bool good = root->entry->driver->run(c, connection, &request->statement, sink, error);
    root->busy = false;
    if (CT_LIKELY(good))
        return true;
    if (connection->broken || connection->ended)
        lose(root, ct_strdup(c, error->message));
    else if (root->entry->driver->spoils)
        ct_db_block(ct_db_session_of(c), root)->spoiled = true;
    return false;
}

static bool control(ct *c, ct_transaction *root, const char *sql, ct_db_error *error)
{
    const ct_db_request request = { .statement = { .sql = sql } };
    return run_plain(c, root, &request, NULL, error);
}

static CT_NORETURN void refuse_lost(ct *c, const ct_transaction *root)
{
    if (root->strayed)
        ct_mistake(c, "the transaction on the database \"%s\" is gone: %s", root->entry->alias, root->lost);
    ct_unavailable(c, 1, "the transaction on the database \"%s\" is gone, all of it was rolled back: %s",
                   root->entry->alias, root->lost);
}

/* What has to happen before the next statement. */
static bool make_ready(ct *c, ct_transaction *root, ct_db_error *error)
{
    if (root->busy) {
        root->busy = false;
        lose(root, "one of its statements was cut off");
    }
    if (root->lost)
        refuse_lost(c, root);
    if (ct_db_block(ct_db_session_of(c), root)->spoiled)
        ct_mistake(c, "a statement of this ct_atomic() has failed before, and the database takes no more in it: put a "
                      "ct_atomic() of its own around what may fail");
    if (!root->undo)
        return true;
    char sql[64];
    unsigned number = root->undo;
    root->undo = 0;
    snprintf(sql, sizeof(sql), "ROLLBACK TO SAVEPOINT ct_%u", number);
    if (!control(c, root, sql, error))
        return false;
    snprintf(sql, sizeof(sql), "RELEASE SAVEPOINT ct_%u", number);
    return control(c, root, sql, error);
}

bool ct_db_root_run(ct *c, ct_transaction *root, const ct_db_request *request, ct_db_sink *sink, ct_db_error *error)
{
    if (CT_UNLIKELY(root->busy || root->lost || root->undo || root->entry->driver->spoils) &&
        !make_ready(c, root, error))
        return false;
    return run_plain(c, root, request, sink, error);
}

bool ct_db_root_control(ct *c, ct_transaction *root, const char *sql, ct_db_error *error)
{
    return make_ready(c, root, error) && control(c, root, sql, error);
}

/* ---- calls after the commit ---- */

void ct_on_commit(ct *c, void (*fn)(ct *c, void *arg), void *arg)
{
    ct_db_session *session = ct_db_session_of(c);
    ct_transaction *block = session->innermost;
    if (!block) {
        fn(c, arg);
        return;
    }
    ct_commit_call *call = ct_take(c, sizeof(*call)), **end = &block->root->calls;
    *call = (ct_commit_call){ .fn = fn, .arg = arg, .block = block };
    while (*end)
        end = &(*end)->next;
    *end = call;
}

/* What was asked for in a block becomes the business of the one around it. */
static void hand_calls_out(const ct_transaction *block)
{
    const ct_transaction *outer = ct_db_block(ct_db_session_of(block->c), block->root);
    for (ct_commit_call *call = block->root->calls; call; call = call->next)
        if (call->block == block)
            call->block = outer;
}

static void forget_calls(const ct_transaction *block)
{
    ct_commit_call **at = &block->root->calls;
    while (*at)
        if ((*at)->block == block)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}

/* ---- the beginning ---- */

/* An abort has left the block. Must not wait. */
static void cut(void *arg)
{
    ct_transaction *block = arg;
    if (block->done)
        return;
    ct_transaction *root = block->root;
    ct_rows_take_back(block);
    if (block == root) {
        abandon(root);
    } else if (block->number) {
        root->undo = block->number; /* of several the outermost comes last */
        forget_calls(block);
    }
    pop(block);
}

static bool begin_root(ct *c, ct_transaction *root, const ct_atomic_options *options, ct_db_error *error)
{
    for (int attempt = 0;; attempt++) {
        *error = (ct_db_error){ .trouble = CT_DB_FINE };
        ct_db_connection *connection = ct_db_take(c, root->entry, error);
        if (!connection)
            return false;
        root->connection = connection;
        connection->ended = connection->strayed = false;
        bool good = root->entry->driver->begin(c, connection, options, error);
        if (CT_LIKELY(good))
            return true;
        bool stale = error->trouble == CT_DB_LOST && !error->sent && !attempt;
        abandon(root);
        if (!stale)
            return false;
    }
}

static bool begin_inner(ct *c, ct_transaction *block, ct_db_error *error)
{
    char sql[64];
    unsigned number = ++block->root->last;
    snprintf(sql, sizeof(sql), "SAVEPOINT ct_%u", number);
    if (!ct_db_root_control(c, block->root, sql, error))
        return false;
    block->number = number;
    return true;
}

static void check_inner(ct *c, const ct_atomic_options *options)
{
    if (options->durable)
        ct_mistake(c, "ct_atomic() with .durable must be the outermost, and there is a transaction around it");
    if (options->isolation)
        ct_mistake(c, "the isolation of a transaction is that of its outermost ct_atomic()");
}

ct_transaction *ct_atomic_begin(ct *c, const ct_atomic_options *options)
{
    ct_db_session *session = ct_db_session_of(c);
    ct_db_entry *entry = ct_db_entry_for(c, NULL, options->using, true);
    ct_transaction *root = ct_db_root(session, entry), *block = ct_alloc(c, sizeof(*block));
    block->c = c;
    block->entry = entry;
    block->root = root ? root : block;
    block->read_only = options->read_only;
    if (root)
        check_inner(c, options);
    block->outer = session->innermost;
    ct_defer(c, cut, block);
    ct_db_error error;
    if (root ? begin_inner(c, block, &error) : begin_root(c, block, options, &error)) {
        session->innermost = block;
        return block;
    }
    block->done = true;
    ct_db_fail(c, &(ct_db_request){ .using = entry->alias, .statement = { .sql = "BEGIN" } }, &error);
}

/* ---- the end ---- */

/* What a deferred constraint refuses is the values' mistake, as it would be of the statement itself; SQLite does not
 * say whose reference it is. */
static CT_NORETURN void fail_end(ct *c, const ct_transaction *block, const ct_db_error *error)
{
    ct_errors *errors = ct_db_field_errors(c, NULL, error);
    if (!errors && error->trouble == CT_DB_FOREIGN_KEY) {
        errors = ct_errors_new(c);
        ct_errors_add(errors, NULL, "does_not_exist", "A row refers to one that does not exist.");
    }
    if (errors)
        ct_abort_errors(c, errors);
    ct_db_fail(c, &(ct_db_request){ .using = block->entry->alias, .statement = { .sql = "COMMIT" } }, error);
}

static void end_inner(ct *c, ct_transaction *block)
{
    ct_transaction *root = block->root;
    bool undo = block->rollback || block->spoiled;
    if (undo) {
        ct_rows_take_back(block);
        forget_calls(block);
        pop(block);
        if (!root->undo || root->undo > block->number)
            root->undo = block->number;
    } else {
        char sql[64];
        ct_db_error error = { .trouble = CT_DB_FINE };
        snprintf(sql, sizeof(sql), "RELEASE SAVEPOINT ct_%u", block->number);
        bool good = ct_db_root_control(c, root, sql, &error);
        pop(block);
        if (!good) {
            ct_rows_take_back(block);
            fail_end(c, block, &error);
        }
        ct_rows_hand_out(block, ct_db_block(ct_db_session_of(c), root));
        hand_calls_out(block);
    }
    if (block->spoiled && !block->rollback)
        ct_mistake(c, "a statement of this ct_atomic() has failed, and all of it was rolled back");
}

static void roll_back_root(ct *c, ct_transaction *root)
{
    ct_db_error error;
    root->busy = true;
    bool good = root->entry->driver->run(c, root->connection, &(ct_db_statement){ .sql = "ROLLBACK" }, NULL, &error);
    root->busy = false;
    if (good)
        give_back(root);
    else
        abandon(root);
}

static void commit_root(ct *c, ct_transaction *root)
{
    ct_db_error error = { .trouble = CT_DB_FINE };
    bool good = ct_db_root_control(c, root, "COMMIT", &error);
    if (good)
        give_back(root);
    else if (root->connection)
        roll_back_root(c, root);
    pop(root);
    if (!good) {
        ct_rows_take_back(root);
        fail_end(c, root, &error);
    }
}

static void end_root(ct *c, ct_transaction *root)
{
    bool spoiled = root->spoiled && !root->rollback;
    if (root->busy)
        lose(root, "one of its statements was cut off");
    if (root->lost || root->rollback || root->spoiled)
        ct_rows_take_back(root);
    if (root->lost) {
        pop(root);
        if (!root->rollback)
            refuse_lost(c, root);
    } else if (root->rollback || root->spoiled) {
        roll_back_root(c, root);
        pop(root);
    } else {
        commit_root(c, root);
        for (const ct_commit_call *call = root->calls; call; call = call->next)
            call->fn(c, call->arg);
    }
    if (spoiled)
        ct_mistake(c, "a statement of this ct_atomic() has failed, and all of it was rolled back: ct_rollback() in it "
                      "says that this is meant");
}

void ct_atomic_end(ct_transaction **transaction)
{
    ct_transaction *block = *transaction;
    if (!block)
        return;
    *transaction = NULL;
    if (block->done)
        return;
    if (block == block->root)
        end_root(block->c, block);
    else
        end_inner(block->c, block);
}

void ct_rollback(ct *c)
{
    ct_db_session *session = ct_db_session_of(c);
    if (!session->innermost)
        ct_mistake(c, "ct_rollback() was called outside of ct_atomic()");
    session->innermost->rollback = true;
}

/* ---- trying again ---- */

#define RETRY_WAIT (20 * CT_MILLISECOND) /* before the second try, at most; twice as much before each further one */
#define RETRY_WAIT_MOST CT_SECOND

typedef struct retry {
    void (*fn)(ct *c, void *arg);
    void *arg;
    const ct_atomic_options *options;
} retry;

static void try_once(ct *c, void *arg)
{
    const retry *job = arg;
    ct_transaction *block __attribute__((cleanup(ct_atomic_end), unused)) = ct_atomic_begin(c, job->options);
    job->fn(c, job->arg);
}

/* Not all at once: those who stood in each other's way would do so again. */
static void wait_before(ct *c, int attempt)
{
    uint32_t random;
    ct_random_bytes(&random, sizeof(random));
    ct_time most = attempt < 6 ? RETRY_WAIT << (attempt - 1) : RETRY_WAIT_MOST;
    ct_sleep(c, random % most);
}

void ct_atomic_retry(ct *c, void (*fn)(ct *c, void *arg), void *arg, int tries, const ct_atomic_options *options)
{
    static const ct_atomic_options usual;
    ct_db_session *session = ct_db_session_of(c);
    retry job = { .fn = fn, .arg = arg, .options = options ? options : &usual };
    if (ct_db_root(session, ct_db_entry_for(c, NULL, job.options->using, true)))
        ct_mistake(c, "ct_atomic_retry() must be the outermost, and there is a transaction around it");
    tries = tries > 0 ? tries : 3;
    for (int attempt = 1;; attempt++) {
        session->again = false;
        session->retrying = attempt < tries;
        bool good = ct_try(c, try_once, &job);
        session->retrying = false;
        if (good)
            return;
        if (!session->again)
            ct_abort_again(c);
        wait_before(c, attempt);
    }
}

/* ---- crashes ---- */

void ct_db_session_crashed(ct *c)
{
    ct_db_session *session = *ct_work_database(c);
    if (!session)
        return;
    for (ct_transaction *block = session->innermost; block; block = block->outer)
        if (block->connection && block->busy)
            ct_pool_lose(&block->entry->pool);
        else
            abandon(block);
    for (ct_db_lease *lease = session->leases; lease; lease = lease->next) {
        if (lease->connection)
            ct_pool_lose(&lease->entry->pool);
        if (lease->entered)
            ct_pool_leave_loop(&lease->entry->pool);
    }
    if (session->own.connection)
        ct_pool_lose(&session->own.entry->pool);
    session->innermost = NULL;
    session->leases = NULL;
    session->own.connection = NULL;
}
