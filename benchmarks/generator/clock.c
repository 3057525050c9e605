/* Times, CPU seconds, memory, and how latencies are counted. */
#include "generator.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    return clock_gettime(id, &t) ? -1 : t.tv_sec * 1000000000LL + t.tv_nsec;
}

int64_t now_ns(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t own_cpu_ns(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

/* User and system time of another process, all threads, from the kernel. */
int64_t process_cpu_ns(int pid)
{
    clockid_t id;
    return clock_getcpuclockid(pid, &id) ? -1 : read_clock(id);
}

/* A field of /proc/PID/status in KiB, such as VmRSS. */
long rss_kib(int pid, const char *field)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field)))
            sscanf(line + strlen(field) + 1, "%ld", &value);
    fclose(file);
    return value;
}

/* Buckets of 1/64 of a power of two: a quantile is right to 1.6%. */
enum { STEPS = 64, BUCKETS = 64 * STEPS };
static uint64_t buckets[BUCKETS], counted;

static int bucket_of(uint64_t us)
{
    if (us < STEPS)
        return (int)us;
    int shift = 63 - __builtin_clzll(us) - 6;
    return (shift + 1) * STEPS + (int)(us >> shift) - STEPS;
}

void latency_add(int64_t ns)
{
    buckets[bucket_of(ns > 0 ? (uint64_t)ns / 1000 : 0)]++;
    counted++;
}

double latency_ms(double quantile)
{
    uint64_t seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += buckets[i];
        if (counted && seen >= quantile * counted)
            return i < STEPS ? i / 1e3
                             : (double)((uint64_t)(STEPS + i % STEPS)
                                        << (i / STEPS - 1)) / 1e3;
    }
    return -1;
}

void latency_reset(void)
{
    memset(buckets, 0, sizeof buckets);
    counted = 0;
}
