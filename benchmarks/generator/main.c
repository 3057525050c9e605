/* The phases of a run, and its result. */
#include "generator.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct options options = {.dialect = "text", .clients = 100, .senders = 100,
                          .window = 4, .rooms = 1, .opening = 64, .seconds = 3,
                          .warmup = 1, .quiet = 1.3, .patience = 30};

static uint32_t *numbers;  /* by sender: of its next message */
static int *under_way;     /* by sender */
static int *waiting, waiting_count; /* senders that may send again */
static bool sending;
static int64_t started;

static const struct {
    const char *name;
    int *integer;
    double *real;
    bool *flag;
} names[] = {
    {"port", &options.port, 0, 0},       {"pid", &options.pid, 0, 0},
    {"other", &options.other, 0, 0},
    {"clients", &options.clients, 0, 0}, {"senders", &options.senders, 0, 0},
    {"window", &options.window, 0, 0},   {"rooms", &options.rooms, 0, 0},
    {"stopped", &options.stopped, 0, 0}, {"opening", &options.opening, 0, 0},
    {"group", &options.group, 0, 0},
    {"seconds", 0, &options.seconds, 0}, {"warmup", 0, &options.warmup, 0},
    {"quiet", 0, &options.quiet, 0},     {"rate", 0, &options.rate, 0},
    {"patience", 0, &options.patience, 0},
    {"mix", 0, 0, &options.mix},         {"ignore", 0, 0, &options.ignore},
    {"idle", 0, 0, &options.idle},       {"everywhere", 0, 0, &options.everywhere},
};

static void read_option(char *word)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = 0;
    if (value && !strcmp(word, "dialect")) {
        options.dialect = value;
        return;
    }
    for (size_t i = 0; value && i < sizeof names / sizeof *names; i++)
        if (!strcmp(word, names[i].name)) {
            if (names[i].integer)
                *names[i].integer = atoi(value);
            else if (names[i].real)
                *names[i].real = atof(value);
            else
                *names[i].flag = atoi(value) != 0;
            return;
        }
    fprintf(stderr, "generator: what is %s?\n", word);
    exit(2);
}

static void send_messages(int sender, int count, int64_t at)
{
    static char out[64 * 512];
    int length = 0;
    for (int i = 0; i < count && i < 64; i++) {
        struct message m = {(uint32_t)sender, numbers[sender]++};
        note_sent(m, at);
        length += write_message(out + length, m);
        under_way[sender]++;
    }
    send_bytes(&clients[sender], out, length);
}

/* A message was heard by all: its sender may send the next. */
static int completed(int sender)
{
    under_way[sender]--;
    if (sending && !options.rate && under_way[sender] == options.window - 1)
        waiting[waiting_count++] = sender;
    return 0;
}

static void refill(void)
{
    int64_t now = now_ns();
    for (int i = 0; i < waiting_count; i++)
        send_messages(waiting[i], options.window - under_way[waiting[i]], now);
    waiting_count = 0;
}

/* Send what is due at a steady rate, in turns; latency counts from when due. */
static void keep_pace(void)
{
    static uint64_t count;
    for (int64_t now = now_ns(); sending; count++) {
        int64_t due = started + (int64_t)(count * 1e9 / options.rate);
        if (due > now)
            return;
        send_messages((int)(count % options.senders), 1, due);
    }
}

static void run_for(double seconds)
{
    int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    if (!started) {
        started = now_ns();
        if (options.rate)
            between_reads = keep_pace;
    }
    while (now_ns() < end) {
        if (!options.rate)
            refill();
        turn(100);
    }
}

static void drain(void)
{
    sending = false;
    int64_t end = now_ns() + (int64_t)(options.patience * 1e9);
    while (totals.completed < totals.sent && now_ns() < end)
        turn(20);
}

static int64_t server_cpu_ns(void)
{
    return process_cpu_ns(options.pid) +
           (options.other ? process_cpu_ns(options.other) : 0);
}

static void measure(void)
{
    sending = true;
    totals.foreign = 0;
    for (int i = 0; i < options.senders; i++)
        waiting[waiting_count++] = i;
    if (options.rate)
        waiting_count = 0;
    run_for(options.warmup);
    latency_reset();
    struct totals before = totals;
    uint64_t reads_before = reads;
    int64_t own = own_cpu_ns() - idle_ns, server = server_cpu_ns();
    int64_t start = now_ns();
    run_for(options.seconds);
    double seconds = (now_ns() - start) / 1e9;
    double server_cpu = (server_cpu_ns() - server) / 1e9;
    double own_cpu = (own_cpu_ns() - idle_ns - own) / 1e9;
    struct totals after = totals;
    uint64_t reads_after = reads;
    double p50 = latency_ms(.5), p99 = latency_ms(.99), p999 = latency_ms(.999);
    double most = latency_ms(1);
    drain();
    printf("\"seconds\": %.6f, \"server_cpu\": %.6f, \"own_cpu\": %.6f, "
           "\"delivered\": %lu, \"sent\": %lu, \"reads\": %lu, "
           "\"p50\": %.3f, \"p99\": %.3f, \"p999\": %.3f, \"most\": %.3f, ",
           seconds, server_cpu, own_cpu,
           (unsigned long)(after.delivered - before.delivered),
           (unsigned long)(after.sent - before.sent),
           (unsigned long)(reads_after - reads_before), p50, p99, p999, most);
}

static void allow_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        read_option(argv[i]);
    if (options.senders > options.clients)
        options.senders = options.clients;
    if (!choose_dialects(options.dialect) || options.senders > MAX_SENDERS ||
        options.window > 64) {
        fprintf(stderr, "generator: bad options\n");
        return 2;
    }
    allow_descriptors();
    numbers = calloc(options.senders, sizeof *numbers);
    under_way = calloc(options.senders, sizeof *under_way);
    waiting = calloc(options.senders, sizeof *waiting);
    on_complete = completed;
    long rss = rss_kib(options.pid, "VmRSS:");
    int64_t cpu = process_cpu_ns(options.pid);
    double opened = open_clients();
    double opening_cpu = (process_cpu_ns(options.pid) - cpu) / 1e9;
    settle();
    printf("{\"opening_seconds\": %.6f, \"opening_cpu\": %.6f, "
           "\"rss_before\": %ld, \"rss_idle\": %ld, ",
           opened, opening_cpu, rss, rss_kib(options.pid, "VmRSS:"));
    if (options.idle)
        printf("\"p50\": %.3f, \"p99\": %.3f, ", latency_ms(.5), latency_ms(.99));
    else {
        prepare_clients();
        order_start(clients);
        measure();
    }
    printf("\"rss_most\": %ld, \"foreign\": %lu, \"lost\": %lu, "
           "\"misordered\": %lu, \"damaged\": %lu}\n",
           rss_kib(options.pid, "VmHWM:"), (unsigned long)totals.foreign,
           (unsigned long)(totals.sent - totals.completed),
           (unsigned long)totals.misordered, (unsigned long)totals.damaged);
    close_clients();
    return 0;
}
