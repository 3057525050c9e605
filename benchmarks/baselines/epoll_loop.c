/* As epoll_loop.py, in C: what the kernel takes for a message, and next to nothing.

   With "joining" behind the port what one look at the sockets brings is told in one
   write to each. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, EVENTS = 512, NAME = 64, LINE = 8192, ROUND = 1 << 20, SAID = 16384 };

static char names[MOST][NAME];
static int here[MOST], count, poller, joining;

/* What was said and is still to be told: the bytes, by whom, and where each ends. */
static char said[ROUND + LINE];
static int by[SAID], said_count;
static size_t ends[SAID];

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event))
        exit(1);
}

static void put(int fd, const char *bytes, size_t length)
{
    if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        exit(1);
}

static void leave(int fd)
{
    int at = 0;
    while (at < count && here[at] != fd)
        at++;
    if (at < count)
        here[at] = here[--count];
    names[fd][0] = 0;
    close(fd);
}

/* All that was said but by `fd`, into `out`; how many bytes. */
static size_t others(int fd, char *out)
{
    size_t length = 0, start = 0;
    for (int i = 0; i <= said_count; i++) {
        if (i < said_count && by[i] != fd)
            continue;
        size_t end = i ? ends[i - 1] : 0;
        memcpy(out + length, said + start, end - start);
        length += end - start;
        start = i < said_count ? ends[i] : end;
    }
    return length;
}

static void tell(void)
{
    static char out[ROUND + LINE];
    for (int i = 0; i < count; i++) {
        size_t length = others(here[i], out);
        if (length)
            put(here[i], out, length);
    }
    said_count = 0;
}

static void hear(int fd, const char *line)
{
    if (!names[fd][0]) {
        char out[LINE];
        snprintf(names[fd], NAME, "%s", line);
        here[count++] = fd;
        put(fd, out, (size_t)snprintf(out, sizeof out, "Welcome, %s\n", line));
        return;
    }
    size_t start = said_count ? ends[said_count - 1] : 0;
    by[said_count] = fd;
    ends[said_count++] =
        start + (size_t)snprintf(said + start, LINE, "%s: %s\n", names[fd], line);
    if (!joining || said_count == SAID || ends[said_count - 1] > ROUND)
        tell();
}

static void hear_all(int fd)
{
    static char in[65536];
    ssize_t length = recv(fd, in, sizeof in - 1, 0);
    if (length <= 0) {
        leave(fd);
        return;
    }
    in[length] = 0;
    for (char *line = strtok(in, "\n"); line; line = strtok(NULL, "\n"))
        hear(fd, line);
}

int main(int argc, char **argv)
{
    int on = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096))
        return 1;
    joining = argc > 2 && !strcmp(argv[2], "joining");
    poller = epoll_create1(0);
    watch(door);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd != door) {
                hear_all(events[i].data.fd);
                continue;
            }
            int fd = accept(door, NULL, NULL);
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(fd);
        }
        if (said_count)
            tell();
    }
}
