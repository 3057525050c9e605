/* The order in which a room's messages were heard, and whether all agree.
 *
 * The first listener that hears a message without holes (it hears everybody,
 * itself included or silent) appends it to the order of the room; all others
 * must hear the same, less what they skip: their own words, without echo, and
 * those of whom they ignore.  Where every listener has a hole, the order is
 * merged from what three witnesses heard: each message is missing at one of
 * them at most, so at least two agree on what comes next.
 */
#include "generator.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 1 << 17, SENT_KEPT = 1 << 12, WITNESSES = 3 };

struct entry {
    struct message message;
    uint32_t heard;
};

struct room {
    struct entry *entries; /* the last KEPT */
    uint64_t length, complete;
    struct client *witnesses[WITNESSES];
    bool merged; /* nobody hears everything */
    uint32_t *audience;   /* by sender: how many are to hear it */
    uint32_t *next_heard; /* by sender: the number that comes next */
};

struct totals totals;
int64_t read_at;
int (*on_complete)(int sender);
static struct room *rooms;
static struct client *everyone;
static int64_t *sent_at;     /* by sender and number */
static struct client **behind; /* with something heard ahead of the order */
static int behind_count;

int room_of(int client) { return options.everywhere ? 0 : client % options.rooms; }

static bool skips(const struct client *c, uint32_t sender)
{
    return (!c->echo && (uint32_t)c->index == sender) || c->ignores == (int)sender;
}

static bool has_hole(const struct client *c)
{
    return (c->index < options.senders && !c->echo) || c->ignores >= 0;
}

static bool is_in(const struct client *c, int room)
{
    return options.everywhere || room_of(c->index) == room;
}

static struct place *place_in(struct client *c, int room)
{
    return &c->places[options.everywhere ? room : 0];
}

/* In which room a sender's message goes; with all in all rooms, in turns. */
int room_for(struct message m)
{
    return options.everywhere ? (int)((m.sender + m.number) % options.rooms)
                              : room_of(m.sender);
}

static void start_room(struct room *room, int index)
{
    int witnesses = 0;
    room->entries = calloc(KEPT, sizeof *room->entries);
    room->audience = calloc(options.senders, sizeof *room->audience);
    room->merged = true;
    room->next_heard = calloc(options.senders, sizeof *room->next_heard);
    for (int sender = 0; sender < options.senders && options.everywhere; sender++)
        while (room_for((struct message){sender, room->next_heard[sender]}) != index)
            room->next_heard[sender]++;
    for (int i = 0; i < options.clients; i++) {
        struct client *c = &everyone[i];
        if (!is_in(c, index))
            continue;
        if (!has_hole(c))
            room->merged = false;
        if (witnesses < WITNESSES && c->ignores < 0)
            room->witnesses[witnesses++] = c;
        for (int sender = 0; sender < options.senders; sender++)
            room->audience[sender] += !skips(c, sender);
    }
    if (room->merged && witnesses < WITNESSES) {
        fprintf(stderr, "room %d has fewer than three witnesses\n", index);
        exit(2);
    }
}

void order_start(struct client *all)
{
    everyone = all;
    rooms = calloc(options.rooms, sizeof *rooms);
    sent_at = calloc((size_t)MAX_SENDERS * SENT_KEPT, sizeof *sent_at);
    behind = calloc(options.clients, sizeof *behind);
    for (int i = 0; i < options.rooms; i++)
        start_room(&rooms[i], i);
}

static int64_t *sending_time(struct message m)
{
    return &sent_at[(size_t)m.sender * SENT_KEPT + m.number % SENT_KEPT];
}

void note_sent(struct message m, int64_t at)
{
    *sending_time(m) = at;
    totals.sent++;
}

static bool same(struct message a, struct message b)
{
    return a.sender == b.sender && a.number == b.number;
}

static void append(struct room *room, struct message m)
{
    struct entry *entry = &room->entries[room->length++ % KEPT];
    if (m.number != room->next_heard[m.sender])
        totals.misordered++;
    room->next_heard[m.sender] = m.number + (options.everywhere ? options.rooms : 1);
    entry->message = m;
    entry->heard = 0;
}

static void complete(struct room *room)
{
    while (room->complete < room->length) {
        struct entry *entry = &room->entries[room->complete % KEPT];
        if (entry->heard < room->audience[entry->message.sender])
            return;
        room->complete++;
        totals.completed++;
        on_complete(entry->message.sender);
    }
}

/* Put the listener past `m`, when the room's order is that far. */
static bool advance(struct client *c, struct room *room, struct place *place,
                    struct message m)
{
    while (place->at < room->length &&
           skips(c, room->entries[place->at % KEPT].message.sender))
        place->at++;
    if (place->at == room->length) {
        if (room->merged || has_hole(c))
            return false;
        append(room, m);
    }
    struct entry *entry = &room->entries[place->at % KEPT];
    if (!same(entry->message, m)) {
        if (!totals.misordered++)
            fprintf(stderr, "listener %d heard %u.%u instead of %u.%u\n", c->index,
                    m.sender, m.number, entry->message.sender,
                    entry->message.number);
        return true;
    }
    place->at++;
    if (++entry->heard >= room->audience[m.sender])
        complete(room);
    return true;
}

static void keep(struct client *c, struct place *place, struct message m)
{
    if (!place->ahead_count)
        place->ahead_first = 0;
    if (place->ahead_first + place->ahead_count == place->ahead_size) {
        place->ahead_size = place->ahead_size ? 2 * place->ahead_size : 64;
        place->ahead =
            realloc(place->ahead, place->ahead_size * sizeof *place->ahead);
    }
    place->ahead[place->ahead_first + place->ahead_count++] = m;
    if (!c->behind) {
        c->behind = true;
        behind[behind_count++] = c;
    }
}

void hear(struct client *c, struct message m)
{
    int index = room_for(m);
    struct place *place = place_in(c, index);
    totals.delivered++;
    if (skips(c, m.sender) || m.sender >= (uint32_t)options.senders) {
        totals.misordered++;
        return;
    }
    latency_add(read_at - *sending_time(m));
    if (place->ahead_count || !advance(c, &rooms[index], place, m))
        keep(c, place, m);
}

static struct message *head_of(struct place *place)
{
    return place->ahead_count ? &place->ahead[place->ahead_first] : NULL;
}

static void drain(struct client *c, struct room *room, struct place *place)
{
    struct message *head;
    while ((head = head_of(place)) && advance(c, room, place, *head)) {
        place->ahead_first++;
        place->ahead_count--;
    }
}

/* Whether `m` comes next for all witnesses but its own author. */
static bool agreed(struct room *room, int index, struct message m)
{
    for (int i = 0; i < WITNESSES; i++) {
        struct client *witness = room->witnesses[i];
        struct message *head = head_of(place_in(witness, index));
        if (!skips(witness, m.sender) && (!head || !same(*head, m)))
            return false;
    }
    return true;
}

static void merge(struct room *room, int index)
{
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < 2 && !more; i++) {
            struct message *head = head_of(place_in(room->witnesses[i], index));
            if (head && agreed(room, index, *head)) {
                append(room, *head);
                for (int w = 0; w < WITNESSES; w++)
                    drain(room->witnesses[w], room,
                          place_in(room->witnesses[w], index));
                more = true;
            }
        }
    }
}

/* Check what was heard ahead of the rooms' orders, as far as these are now. */
void catch_up(void)
{
    int left = 0;
    for (int i = 0; behind_count && i < options.rooms; i++)
        if (rooms[i].merged)
            merge(&rooms[i], i);
    for (int i = 0; i < behind_count; i++) {
        bool waits = false;
        for (int room = 0; room < options.rooms; room++)
            if (is_in(behind[i], room)) {
                struct place *place = place_in(behind[i], room);
                drain(behind[i], &rooms[room], place);
                waits |= place->ahead_count > 0;
            }
        behind[i]->behind = waits;
        if (waits)
            behind[left++] = behind[i];
    }
    behind_count = left;
}
