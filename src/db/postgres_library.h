/* libpq, loaded when a program first asks for a PostgreSQL database.
 *
 * Linked in the usual way it would bring twenty more libraries (Kerberos, LDAP, ...) into every program and make each
 * start almost twice as long (hello: 20 ms instead of 11), whatever the database. So only its headers are used, and its
 * functions are called through this table: ct_pq.finish(conn) is PQfinish(conn), of the type that the header says. */
#ifndef CANTEEN_DB_POSTGRES_LIBRARY_H
#define CANTEEN_DB_POSTGRES_LIBRARY_H

#include "base/common.h"

#include <libpq-fe.h>

#define CT_PQ_FUNCTIONS(X)                                                                                             \
    X(parse_url, PQconninfoParse)                                                                                      \
    X(free_options, PQconninfoFree)                                                                                    \
    X(free_memory, PQfreemem)                                                                                          \
    X(connect_start, PQconnectStartParams)                                                                             \
    X(connect_poll, PQconnectPoll)                                                                                     \
    X(finish, PQfinish)                                                                                                \
    X(status, PQstatus)                                                                                                \
    X(transaction_status, PQtransactionStatus)                                                                         \
    X(error_message, PQerrorMessage)                                                                                   \
    X(needs_password, PQconnectionNeedsPassword)                                                                       \
    X(set_verbosity, PQsetErrorVerbosity)                                                                              \
    X(set_notice_processor, PQsetNoticeProcessor)                                                                      \
    X(socket, PQsocket)                                                                                                \
    X(set_nonblocking, PQsetnonblocking)                                                                               \
    X(flush, PQflush)                                                                                                  \
    X(consume_input, PQconsumeInput)                                                                                   \
    X(is_busy, PQisBusy)                                                                                               \
    X(enter_pipeline, PQenterPipelineMode)                                                                             \
    X(exit_pipeline, PQexitPipelineMode)                                                                               \
    X(pipeline_sync, PQpipelineSync)                                                                                   \
    X(send_prepare, PQsendPrepare)                                                                                     \
    X(send_describe, PQsendDescribePrepared)                                                                           \
    X(send_prepared, PQsendQueryPrepared)                                                                              \
    X(send_params, PQsendQueryParams)                                                                                  \
    X(send_query, PQsendQuery)                                                                                         \
    X(get_result, PQgetResult)                                                                                         \
    X(clear, PQclear)                                                                                                  \
    X(result_status, PQresultStatus)                                                                                   \
    X(result_error_field, PQresultErrorField)                                                                          \
    X(result_error_message, PQresultErrorMessage)                                                                      \
    X(row_count, PQntuples)                                                                                            \
    X(column_count, PQnfields)                                                                                         \
    X(column_name, PQfname)                                                                                            \
    X(is_binary, PQbinaryTuples)                                                                                       \
    X(column_type, PQftype)                                                                                            \
    X(column_format, PQfformat)                                                                                        \
    X(is_null, PQgetisnull)                                                                                            \
    X(value, PQgetvalue)                                                                                               \
    X(length, PQgetlength)                                                                                             \
    X(changed, PQcmdTuples)                                                                                            \
    X(command, PQcmdStatus)                                                                                            \
    X(get_cancel, PQgetCancel)                                                                                         \
    X(cancel, PQcancel)                                                                                                \
    X(free_cancel, PQfreeCancel)

typedef struct ct_pq_library {
#define CT_PQ_MEMBER(name, function) __typeof__(function) *name;
    CT_PQ_FUNCTIONS(CT_PQ_MEMBER)
#undef CT_PQ_MEMBER
} ct_pq_library;

/* NULL pointers until it is loaded. */
extern ct_pq_library ct_pq;

/* Loads it, once. NULL when it is there, else one line that says what to install. */
const char *ct_pq_load(void);

#endif
