/* What the program says under `canteen run`: to the terminal, and the last of it to the page that tells of its end.
 *
 * It is read from one pipe, whose other end is kept open here, so that there is no end of it: programs come and go, and
 * workers may outlive theirs for a moment. Where our standard error is a terminal, the program gets a terminal too (its
 * log is text, and colours stay colours), for standard output as well if that is one; else only standard error is
 * taken.
 *
 * Not here: input. The program has none. */
#include "cli/devloop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define MOST_KEPT ((size_t)16 << 10)

/* A terminal that changes nothing of what is written to it. */
static bool open_terminal(ct_output *output)
{
    char name[64];
    struct termios how;
    struct winsize size;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0 && ptsname_r(fd, name, sizeof name) == 0;
    int end = good ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (end < 0 || tcgetattr(end, &how) < 0) {
        if (fd >= 0)
            close(fd);
        if (end >= 0)
            close(end);
        return false;
    }
    cfmakeraw(&how);
    tcsetattr(end, TCSANOW, &how);
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(end, TIOCSWINSZ, &size);
    *output = (ct_output){ .read_fd = fd, .write_fd = end, .terminal = true };
    return true;
}

void ct_devoutput_open(ct_output *output)
{
    int ends[2];
    *output = (ct_output){ .read_fd = -1, .write_fd = -1 };
    if ((isatty(STDERR_FILENO) && open_terminal(output)) || pipe2(ends, O_CLOEXEC) < 0)
        return;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    output->read_fd = ends[0];
    output->write_fd = ends[1];
}

void ct_devoutput_finish(ct_output *output)
{
    ct_devoutput_read(output);
    if (output->read_fd >= 0) {
        close(output->read_fd);
        close(output->write_fd);
    }
    output->read_fd = output->write_fd = -1;
    ct_buffer_finish(&output->kept);
}

void ct_devoutput_enter(const ct_output *output)
{
    if (output->write_fd < 0)
        return;
    if (output->terminal && isatty(STDOUT_FILENO))
        dup2(output->write_fd, STDOUT_FILENO);
    dup2(output->write_fd, STDERR_FILENO);
}

void ct_devoutput_read(ct_output *output)
{
    char bytes[8192];
    for (ssize_t n; output->read_fd >= 0 && (n = read(output->read_fd, bytes, sizeof bytes)) > 0;) {
        fwrite(bytes, 1, (size_t)n, stderr);
        ct_buffer_append(&output->kept, bytes, (size_t)n);
        if (output->kept.length > 2 * MOST_KEPT)
            ct_buffer_consume(&output->kept, output->kept.length - MOST_KEPT - 1);
    }
}

ct_str ct_devoutput_last(const ct_output *output)
{
    ct_str text = { output->kept.data, output->kept.length };
    if (text.length <= MOST_KEPT)
        return text;
    text = (ct_str){ text.data + text.length - MOST_KEPT, MOST_KEPT };
    const char *end = memchr(text.data, '\n', text.length);
    size_t begun = end ? (size_t)(end + 1 - text.data) : 0; /* a line whose front is gone */
    return (ct_str){ text.data + begun, text.length - begun };
}
