/* The thread pool of offload.h.
 *
 *   fiber ── job on its stack ──> queue (mutex, condition) ──> thread: fn(arg) ──> done list ── eventfd ──> loop
 * wakes the fiber
 *
 * A job's memory is the waiting fiber's stack, which stays while it waits: nothing is allocated. */
#include "net/offload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct job {
    struct job *next;
    void (*fn)(void *arg);
    void *arg;
    ct_fiber *fiber;
} job;

struct ct_offload_pool {
    ct_watch watch; /* of the eventfd */
    ct_loop *loop;
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    job *first, **last; /* waiting for a thread, oldest first */
    job *done;          /* ended, for the loop */
    size_t max, threads, idle;
    bool stop;
    pthread_t *handles;
};

static void *work(void *arg)
{
    ct_offload_pool *pool = arg;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->first && !pool->stop) {
            pool->idle++;
            pthread_cond_wait(&pool->wanted, &pool->mutex);
            pool->idle--;
        }
        if (pool->stop)
            break;
        job *mine = pool->first;
        pool->first = mine->next;
        if (!pool->first)
            pool->last = &pool->first;
        pthread_mutex_unlock(&pool->mutex);
        mine->fn(mine->arg);
        pthread_mutex_lock(&pool->mutex);
        mine->next = pool->done;
        pool->done = mine;
        eventfd_write(pool->watch.fd, 1);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static void jobs_done(ct_watch *watch, uint32_t events)
{
    (void)events;
    ct_offload_pool *pool = CT_CONTAINER(watch, ct_offload_pool, watch);
    eventfd_t count;
    eventfd_read(watch->fd, &count);
    pthread_mutex_lock(&pool->mutex);
    job *done = pool->done;
    pool->done = NULL;
    pthread_mutex_unlock(&pool->mutex);
    while (done) {
        job *next = done->next; /* the job goes with the fiber's stack once it runs */
        ct_fiber_wake(done->fiber);
        done = next;
    }
}

ct_offload_pool *ct_offload_create(ct_loop *loop, size_t max)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    ct_offload_pool *pool = ct_xcalloc(1, sizeof *pool);
    *pool = (ct_offload_pool){ .watch = { .fd = fd, .ready = jobs_done }, .loop = loop, .max = CT_MAX(max, 1) };
    pool->handles = ct_xcalloc(pool->max, sizeof *pool->handles);
    pool->last = &pool->first;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wanted, NULL);
    if (!ct_loop_add(loop, &pool->watch, EPOLLIN)) {
        ct_offload_destroy(pool);
        return NULL;
    }
    return pool;
}

void ct_offload_destroy(ct_offload_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->wanted);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(pool->handles[i], NULL);
    ct_loop_remove(pool->loop, &pool->watch);
    close(pool->watch.fd);
    pthread_cond_destroy(&pool->wanted);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->handles);
    free(pool);
}

/* With the mutex held: one more thread. Signals are blocked in it but for those of a crash, which is then reported. */
static bool start_thread(ct_offload_pool *pool)
{
    sigset_t all, before;
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
    sigfillset(&all);
    for (size_t i = 0; i < CT_COUNT(crashes); i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&pool->handles[pool->threads], NULL, work, pool) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pool->threads += started;
    return started;
}

void ct_offload_run(ct_offload_pool *pool, void (*fn)(void *arg), void *arg)
{
    job mine = { .fn = fn, .arg = arg, .fiber = ct_fiber_current() };
    pthread_mutex_lock(&pool->mutex);
    size_t waiting = 1;
    for (const job *other = pool->first; other; other = other->next)
        waiting++;
    bool served = pool->idle >= waiting || pool->threads == pool->max || start_thread(pool) || pool->threads > 0;
    if (served) {
        *pool->last = &mine;
        pool->last = &mine.next;
        pthread_cond_signal(&pool->wanted);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (served)
        ct_fiber_park_uncancellable();
    else
        fn(arg);
}
