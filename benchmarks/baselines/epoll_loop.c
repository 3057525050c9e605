/* As epoll_loop.py, in C: what the kernel takes for a message, and next to nothing. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, EVENTS = 512, NAME = 64 };

static char names[MOST][NAME];
static int here[MOST], count, poller;

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

static void hear(int fd, const char *line)
{
    char out[8192];
    if (!names[fd][0]) {
        snprintf(names[fd], NAME, "%s", line);
        here[count++] = fd;
        put(fd, out, (size_t)snprintf(out, sizeof out, "Welcome, %s\n", line));
        return;
    }
    size_t length = (size_t)snprintf(out, sizeof out, "%s: %s\n", names[fd], line);
    for (int i = 0; i < count; i++)
        if (here[i] != fd)
            put(here[i], out, length);
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
    }
}
