/* Idle connections: opens COUNT connections to 127.0.0.1:PORT, asks for /plaintext on each, and keeps them open until
 * a line comes on standard input. Says "ready" when all have been answered.
 *
 *     idle PORT COUNT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const struct sockaddr_in *address)
{
    static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[1024];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) ||
        write(fd, request, sizeof request - 1) < 0 || read(fd, answer, sizeof answer) <= 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: idle PORT COUNT\n");
        return 2;
    }
    long count = strtol(argv[2], NULL, 10);
    struct rlimit files = { .rlim_cur = (rlim_t)count + 50, .rlim_max = (rlim_t)count + 50 };
    if (setrlimit(RLIMIT_NOFILE, &files))
        perror("idle: cannot raise the limit of open files");
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)) };
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    for (long i = 0; i < count; i++) {
        if (dial(&address) < 0) {
            perror("idle: connection");
            return 1;
        }
    }
    printf("ready\n");
    fflush(stdout);
    char line[8];
    return fgets(line, sizeof line, stdin) ? 0 : 1;
}
