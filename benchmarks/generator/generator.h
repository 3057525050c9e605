/* A load generator for chat servers: N listeners, of which M speak.
 *
 * It checks what it reads: every message whole, none lost, none doubled, those
 * of one sender in order, and the order in a room the same for all listeners.
 * One thread, epoll, large reads.  The result is one JSON object on stdout.
 */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TEXT_LENGTH = 64, MARK_LENGTH = 15, NICK_SIZE = 16, MAX_SENDERS = 2000 };

struct options {
    const char *dialect; /* text, irc or plain, see dialect.c, or more: text+irc */
    int port, pid, other, clients, senders, window, rooms, stopped;
    /* pid is the server's; other, one whose CPU seconds count too, or 0 */
    int opening;           /* connections that may be under way at once */
    int group;             /* newcomers that share a room; 0: all in the lobby */
    double seconds, warmup, quiet;
    double rate;           /* messages a second in all, 0: as fast as it goes */
    double patience;       /* seconds for the last messages to be heard by all */
    bool mix, ignore, everywhere;
    bool idle;             /* connect, register, measure memory, and no more */
};
extern struct options options;

/* A message: who sent it, and the how manieth of theirs it is. */
struct message {
    uint32_t sender, number;
};

enum state { CLOSED, CONNECTING, REGISTERING, PREPARING, READY };

/* Where a listener is in the order of one room. */
struct place {
    uint64_t at;
    struct message *ahead; /* heard, but not yet in the room's order */
    uint32_t ahead_count, ahead_first, ahead_size;
};

struct client {
    const struct dialect *dialect;
    uint32_t address; /* of the door where that is spoken, in host order */
    int fd, index;
    enum state state;
    bool echo, watched; /* watched: for writability too */
    bool behind;        /* has heard something ahead of the order */
    int ignores;        /* whose words it does not hear, or -1 */
    int64_t came;       /* when it was opened, ns */
    int hint;           /* where in a line the message was last found */
    char *carry;        /* the start of a line whose end is still to come */
    int carried;
    char *out;
    int out_size, unsent;
    struct place *places; /* one a room, or one alone */
};

/* clock.c */
int64_t now_ns(void);
int64_t own_cpu_ns(void);
int64_t process_cpu_ns(int pid);
long rss_kib(int pid, const char *field);
void latency_add(int64_t ns);
double latency_ms(double quantile);
void latency_reset(void);

/* dialect.c */
struct dialect {
    const char *name;
    const char *hello;    /* %s: nick */
    const char *greeted;  /* a line that holds it is answered by: */
    const char *enter;    /* %s: room; NULL where hello is all it takes */
    const char *welcomed; /* a line that holds it ends the registration */
    const char *join;     /* %s: room; NULL where there are no rooms */
    const char *say;      /* %s: room */
    const char *prepare;  /* sent behind everything else, answered by: */
    const char *prepared;
    const char *line_end;
    bool names_room;      /* say names the room */
    bool echoes;          /* one hears what one says oneself */
    bool framed;          /* what is sent is a frame of a WebSocket */
};
bool choose_dialects(const char *names);
void assign_dialect(struct client *client);
int write_hello(char *out, size_t size, const struct client *client);
int write_entry(char *out, size_t size, const struct client *client);
int write_preparation(char *out, size_t size, const struct client *client);
int write_message(char *out, struct message message);
bool read_message(struct client *client, const char *line, const char *end,
                  struct message *message);

/* order.c */
struct totals {
    uint64_t sent, delivered, completed, foreign;
    uint64_t misordered, damaged;
};
extern struct totals totals;
extern int64_t read_at; /* when the bytes now being read came in, ns */
void order_start(struct client *clients);
int room_for(struct message message);
void note_sent(struct message message, int64_t at);
void hear(struct client *client, struct message message);
void catch_up(void);
int room_of(int client);
extern int (*on_complete)(int sender);

/* client.c */
extern struct client *clients;
extern int poller;
extern uint64_t reads;
extern int64_t idle_ns; /* of its CPU time: looked, and found nothing to do */
extern void (*between_reads)(void); /* may send; NULL for nothing to do */
double open_clients(void);
void prepare_clients(void);
void settle(void);
void turn(int timeout_ms);
void send_bytes(struct client *client, const char *bytes, int count);
void close_clients(void);
void fail(const char *what);

#endif
