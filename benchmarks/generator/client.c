/* The connections: opening, registering, reading, writing. */
#include "generator.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, MAX_CARRIED = 8192, READ = 256 * 1024, QUIET_MOST = 60 };

struct client *clients;
int poller;
uint64_t reads;
int64_t idle_ns;
void (*between_reads)(void);
static int opened, opening, ready;
static int64_t last_read;

static int total(void) { return options.clients + options.stopped; }

void fail(const char *what)
{
    fprintf(stderr, "generator: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(struct client *c, bool writing, int how)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0),
                                .data.ptr = c};
    c->watched = writing;
    if (epoll_ctl(poller, how, c->fd, &event))
        fail("epoll_ctl");
}

void send_bytes(struct client *c, const char *bytes, int count)
{
    int sent = 0;
    if (!c->unsent) {
        sent = (int)send(c->fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            fail("send");
        if (sent == count)
            return;
        sent = sent < 0 ? 0 : sent;
    }
    if (c->unsent + count > c->out_size) {
        c->out_size = 2 * (c->unsent + count);
        c->out = realloc(c->out, c->out_size);
    }
    memcpy(c->out + c->unsent, bytes + sent, count - sent);
    c->unsent += count - sent;
    if (!c->watched)
        watch(c, true, EPOLL_CTL_MOD);
}

static void send_rest(struct client *c)
{
    int sent = (int)send(c->fd, c->out, c->unsent, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN)
            fail("send");
        return;
    }
    c->unsent -= sent;
    memmove(c->out, c->out + sent, c->unsent);
    if (!c->unsent)
        watch(c, false, EPOLL_CTL_MOD);
}

static void open_client(struct client *c, int index)
{
    int on = 1, small = 4096;
    c->index = index;
    assign_dialect(c);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(options.port),
                                  .sin_addr.s_addr = htonl(c->address)};
    c->came = now_ns();
    c->ignores = -1;
    if (options.ignore && index % 10 == 9)
        c->ignores = (index / 10) % options.senders;
    c->echo = c->dialect->echoes || (options.mix && index % 3 > 0);
    c->places = calloc(options.everywhere ? options.rooms : 1, sizeof *c->places);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (index >= options.clients)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) &&
        errno != EINPROGRESS)
        fail("connect");
    c->state = CONNECTING;
    watch(c, true, EPOLL_CTL_ADD);
    opened++;
    opening++;
}

static void connected(struct client *c)
{
    char out[512];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        errno = error;
        fail("connect");
    }
    c->state = REGISTERING;
    watch(c, false, EPOLL_CTL_MOD);
    send_bytes(c, out, write_hello(out, sizeof out, c));
}

static bool holds(const char *line, const char *end, const char *what)
{
    return memmem(line, end - line, what, strlen(what));
}

static void take_line(struct client *c, const char *line, const char *end)
{
    struct message message;
    if (c->state == READY && read_message(c, line, end, &message))
        hear(c, message);
    else if (end - line > 5 && !memcmp(line, "PING ", 5) && end - line < 200) {
        char pong[256];
        int length = (int)(end - line);
        memcpy(pong, line, length);
        pong[1] = 'O';
        pong[length] = '\n';
        send_bytes(c, pong, length + 1);
    } else if (c->state == REGISTERING && c->dialect->enter &&
               holds(line, end, c->dialect->greeted)) {
        char out[64];
        send_bytes(c, out, write_entry(out, sizeof out, c));
    } else if (c->state == REGISTERING && holds(line, end, c->dialect->welcomed)) {
        c->state = PREPARING;
        latency_add(read_at - c->came);
        opening--;
        ready++;
    } else if (c->state == PREPARING && c->dialect->prepared &&
               holds(line, end, c->dialect->prepared)) {
        c->state = READY;
        ready++;
    } else
        totals.foreign++;
}

static void read_client(struct client *c)
{
    static char buffer[MAX_CARRIED + READ];
    char *start = buffer + MAX_CARRIED;
    ssize_t count = recv(c->fd, start, READ, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0)
        fail("a connection ended");
    reads++;
    last_read = read_at = now_ns();
    char *end = start + count, *line = start - c->carried, *newline;
    memcpy(line, c->carry, c->carried);
    while ((newline = memchr(line, '\n', end - line))) {
        take_line(c, line, newline);
        line = newline + 1;
    }
    c->carried = (int)(end - line);
    if (c->carried > MAX_CARRIED)
        fail("a line without end");
    if (c->carried) {
        if (!c->carry)
            c->carry = malloc(MAX_CARRIED);
        memcpy(c->carry, line, c->carried);
    }
}

static void serve(struct client *c, uint32_t events)
{
    if (events & EPOLLOUT) {
        if (c->state == CONNECTING)
            connected(c);
        else if (c->unsent)
            send_rest(c);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_client(c);
}

/* Wait for events, at most `timeout_ms`, and do what they ask for.
 *
 * With something to do between reads it looks without waiting: to sleep and be
 * woken takes its time, which is no server's.
 */
void turn(int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int64_t start = now_ns();
    int count = epoll_wait(poller, events, EVENTS, between_reads ? 0 : timeout_ms);
    if (between_reads && count == 0) {
        idle_ns += now_ns() - start;
        between_reads();
    }
    for (int i = 0; i < count; i++) {
        serve(events[i].data.ptr, events[i].events);
        if (between_reads)
            between_reads();
    }
    catch_up();
}

/* Connect and register everyone; the seconds that it took. */
double open_clients(void)
{
    int64_t start = now_ns();
    poller = epoll_create1(0);
    clients = calloc(total(), sizeof *clients);
    last_read = start;
    while (ready < total()) {
        while (opened < total() && opening < options.opening) {
            open_client(&clients[opened], opened);
        }
        turn(1000);
        if (now_ns() - last_read > 30 * 1000000000LL) {
            errno = ETIMEDOUT;
            fail("registering");
        }
    }
    return (now_ns() - start) / 1e9;
}

/* Wait until nothing has come in for a while. */
void settle(void)
{
    int64_t start = last_read = now_ns();
    while (now_ns() - last_read < options.quiet * 1e9 &&
           now_ns() - start < QUIET_MOST * 1000000000LL)
        turn(20);
}

/* Rooms, formats and who ignores whom; then who is to stop reading does. */
void prepare_clients(void)
{
    static char out[65536];
    for (int i = 0; i < total(); i++) {
        struct client *c = &clients[i];
        ready--;
        send_bytes(c, out, write_preparation(out, sizeof out, c));
        if (!c->dialect->prepare) {
            c->state = READY;
            ready++;
        }
        while (i - ready > 200)
            turn(100);
    }
    while (ready < total())
        turn(100);
    if (options.mix || options.ignore || options.rooms > 1 || options.everywhere)
        settle();
    for (int i = options.clients; i < total(); i++)
        if (epoll_ctl(poller, EPOLL_CTL_DEL, clients[i].fd, NULL))
            fail("epoll_ctl");
}

/* A reset leaves no connection in TIME_WAIT, which would use the ports up. */
void close_clients(void)
{
    struct linger none = {1, 0};
    for (int i = 0; i < total(); i++) {
        setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(clients[i].fd);
    }
}
