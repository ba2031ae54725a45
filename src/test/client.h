/* The inside of a client for tests. */
#ifndef CANTEEN_TEST_CLIENT_H
#define CANTEEN_TEST_CLIENT_H

#include "base/problems.h"
#include "net/worker.h"
#include "proto/http1.h"
#include "test/test.h"
#include "web/site.h"

#include <sys/socket.h>

/* What a browser keeps of a Set-Cookie (RFC 6265bis, for the one host that the client asks). */
typedef struct ct_kept_cookie {
    struct ct_kept_cookie *next;
    const char *name, *value, *path;
    ct_time expires; /* INT64_MAX: with the client */
    bool secure;
} ct_kept_cookie;

typedef struct ct_client_field {
    struct ct_client_field *next;
    const char *name, *value;
} ct_client_field;

struct ct_client {
    ct *c; /* the test's */
    ct_client *next;
    ct_arena arena; /* of the settings */
    ct_site site;
    ct_worker *worker;
    bool follow, https;
    const char *host;
    struct sockaddr_storage peer;
    size_t peer_size;
    ct_client_field *fields;       /* headers of all requests */
    ct_kept_cookie *cookies;       /* newest first */
    const char *live;              /* its address, once it is served */
    uint64_t asked_at;             /* where the test asks, for when it gets no answer */
    struct ct_client_probe *probe; /* looks into its session; NULL: not asked for yet */
};

/* A request as it goes over the wire. */
typedef struct ct_client_request {
    const char *method, *target;
    const char *content_type; /* NULL: there is no body */
    ct_bytes body;
    bool secure;       /* https */
    ct_worker *worker; /* that answers; NULL: the client's */
} ct_client_request;

/* The headers of a reply; names and values end in NUL. */
struct ct_reply_headers {
    size_t count;
    ct_http1_header items[];
};

/* client_wire.c: asks once. What is no proper answer fails the test. */
ct_reply *ct_client_ask(ct_client *client, const ct_client_request *request);

/* client_body.c: the body as bytes, with its type; memory is the test's. */
void ct_client_encode(ct_client *client, const ct_client_body *body, ct_client_request *ret_request);

/* client_cookies.c: what the reply says of cookies; and the Cookie header for a request, or NULL. */
void ct_client_take_cookies(ct_client *client, const ct_client_request *request, const ct_reply *reply);
const char *ct_client_cookie_header(ct_client *client, const ct_client_request *request);

/* client_url.c: where `location` leads from a request's target. False: to another host, or nowhere (*ret_why says so;
 * NULL for another host). */
bool ct_client_resolve(ct_client *client, const ct_client_request *from, const char *location, ct_client_request *ret,
                       const char **ret_why);

/* client_session.c */
void ct_client_probe_close(ct_client *client);

/* client.c: closes all of them, newest first; on the test's fiber. */
void ct_clients_close(ct_test_state *state);

#endif
