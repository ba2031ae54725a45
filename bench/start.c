/* Time from exec to the first answer.
 *
 *     start PROGRAM PORT [ROUNDS] runs `PROGRAM run --bind 127.0.0.1:PORT --workers 1 --no-access-log`, ROUNDS times
 *
 *
 * Each round starts the program, tries to connect again and again until it can, asks for /plaintext, and ends the
 * program when the answer has come. Prints the median, the best and the worst. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 5.0 /* seconds */
#define MOST_ROUNDS 1000

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static pid_t start(const char *program, const char *port)
{
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%s", port);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        execl(program, program, "run", "--bind", address, "--workers", "1", "--no-access-log", (char *)NULL);
        _exit(127);
    }
    return child;
}

static int ask(const struct sockaddr_in *address)
{
    static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[1024];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int answered = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
                   write(fd, request, sizeof request - 1) == (ssize_t)sizeof request - 1 &&
                   read(fd, answer, sizeof answer) > 12 && !memcmp(answer, "HTTP/1.1 200", 12);
    close(fd);
    return answered;
}

/* Milliseconds, or -1. */
static double one_round(const char *program, const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    double begin = seconds();
    pid_t child = start(program, port);
    int answered = 0;
    while (!answered && seconds() - begin < PATIENCE)
        answered = ask(&address);
    double took = (seconds() - begin) * 1e3;
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    return answered ? took : -1;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 21;
    double took[MOST_ROUNDS];
    if (argc < 3 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: start PROGRAM PORT [ROUNDS]\n");
        return 2;
    }
    for (int i = 0; i < rounds; i++) {
        took[i] = one_round(argv[1], argv[2]);
        if (took[i] < 0) {
            fprintf(stderr, "start: no answer from %s within %.0f s\n", argv[1], PATIENCE);
            return 1;
        }
    }
    qsort(took, (size_t)rounds, sizeof *took, by_size);
    printf("exec to first answer   median %.1f ms, best %.1f, worst %.1f of %d   (to reach: 20)\n", took[rounds / 2],
           took[0], took[rounds - 1], rounds);
    return 0;
}
