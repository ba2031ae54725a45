/* Requests are made and freed often, and are large: some stay with their connection. */
#include "db/postgres_request.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_SPARE 256

ct_pg_request *ct_pg_request_new(ct_pg *pg)
{
    ct_list *node = ct_list_take(&pg->spare);
    ct_pg_request *request = node ? CT_CONTAINER(node, ct_pg_request, link) : ct_xmalloc(sizeof *request);
    pg->spare_count -= node != NULL;
    /* The error, which is large, is set when there is one. */
    memset(request, 0, offsetof(ct_pg_request, error));
    request->pg = pg;
    return request;
}

void ct_pg_request_free(ct_pg_request *request)
{
    ct_pg *pg = request->pg;
    pg->heavy -= request->heavy;
    ct_pq.clear(request->result);
    free(request->command);
    if (pg->closed || pg->spare_count >= KEEP_SPARE) {
        free(request);
        return;
    }
    request->link = (ct_list){ 0 };
    ct_list_append(&pg->spare, &request->link);
    pg->spare_count++;
}

void ct_pg_requests_finish(ct_pg *pg)
{
    for (ct_list *node; (node = ct_list_take(&pg->spare));)
        free(CT_CONTAINER(node, ct_pg_request, link));
}

void ct_pg_request_queue(ct_pg *pg, ct_pg_request *request)
{
    ct_list_append(&pg->queued, &request->link);
    pg->queued_count++;
}

ct_pg_request *ct_pg_request_unqueue(ct_pg *pg, ct_pg_request *request)
{
    ct_list_remove(&request->link);
    pg->queued_count--;
    return request;
}
