/* What is written to a server, and where in its lines the messages are. */
#include "generator.h"

#include <string.h>

#define UPGRADE \
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n" \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static const struct dialect dialects[] = {
    {.name = "text", .hello = "NICK %s\n", .welcomed = "* In #", .join = "JOIN %s\n",
     .say = "MSG ", .prepare = "PING prepared\n", .prepared = "prepared",
     .line_end = "\n"},
    {.name = "irc", .hello = "NICK %s\r\nUSER %s 0 * :%s\r\n", .greeted = " 001 ",
     .enter = "JOIN %s\r\n", .welcomed = " 366 ", .join = "JOIN %s\r\n",
     .say = "PRIVMSG %s :", .prepare = "PING :prepared\r\n", .prepared = "prepared",
     .line_end = "\r\n", .names_room = true},
    /* With a tag for the time, the id and the account in front of each line. */
    {.name = "tags", .hello = "CAP REQ :server-time message-tags account-tag\r\n"
     "NICK %s\r\nUSER %s 0 * :%s\r\nCAP END\r\n", .greeted = " 001 ",
     .enter = "JOIN %s\r\n", .welcomed = " 366 ", .join = "JOIN %s\r\n",
     .say = "PRIVMSG %s :", .prepare = "PING :prepared\r\n", .prepared = "prepared",
     .line_end = "\r\n", .names_room = true},
    /* As a browser does it.  A frame from the server is a header and whole lines,
     * so that a line is read with a header in front of it, or in two. */
    {.name = "page", .hello = UPGRADE, .greeted = "\"welcome\"", .enter = "NICK %s",
     .welcomed = "\"event\":\"who\"", .say = "MSG ", .prepare = "PING prepared",
     .prepared = "prepared", .line_end = "", .echoes = true, .framed = true},
    /* The textbooks' chat: the first line is your name, the others are speech. */
    {.name = "plain", .hello = "%s\n", .welcomed = "Welcome", .say = "",
     .line_end = "\n"},
};

enum { MOST_DIALECTS = 4 };
static const struct dialect *chosen[MOST_DIALECTS];
static int chosen_count;

static const char filler[] =
    " 64 bytes of text, as people write them in a chat, and so on and on";

static const struct dialect *dialect_named(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strlen(dialects[i].name) == length &&
            !memcmp(dialects[i].name, name, length))
            return &dialects[i];
    return NULL;
}

bool choose_dialects(const char *names)
{
    for (chosen_count = 0; chosen_count < MOST_DIALECTS; names++) {
        size_t length = strcspn(names, "+");
        if (!(chosen[chosen_count++] = dialect_named(names, length)))
            return false;
        names += length;
        if (!*names)
            return true;
    }
    return false;
}

/* They take turns.  The door of the first is at 127.0.0.1, the next at 127.0.0.2. */
void assign_dialect(struct client *client)
{
    int number = client->index % chosen_count;
    client->dialect = chosen[number];
    client->address = 0x7f000001 + number;
}

/* Make a masked frame of `length` bytes (RFC 6455, section 5.2); its new length.
 *
 * The mask is nothing but zeros, which masks nothing.
 */
static int frame(char *out, int length)
{
    int head = length < 126 ? 6 : 8;
    memmove(out + head, out, length);
    memset(out, 0, head);
    out[0] = (char)0x81;
    out[1] = (char)(0x80 | (length < 126 ? length : 126));
    if (length >= 126) {
        out[2] = (char)(length >> 8);
        out[3] = (char)length;
    }
    return head + length;
}

/* With everyone in all rooms none is the lobby: a line from there is shorter. */
static bool is_lobby(int room) { return !room && !options.everywhere; }

static void room_name(char *name, size_t size, int room)
{
    if (is_lobby(room))
        snprintf(name, size, "#lobby");
    else
        snprintf(name, size, "#room%d", room);
}

static void nick_of(char *nick, int index)
{
    snprintf(nick, NICK_SIZE, "n%05u", (unsigned)index % 100000);
}

int write_hello(char *out, size_t size, const struct client *client)
{
    char nick[NICK_SIZE];
    nick_of(nick, client->index);
    return snprintf(out, size, client->dialect->hello, nick, nick, nick);
}

/* Into the lobby, or the room of this client's group; a page is told its nick. */
int write_entry(char *out, size_t size, const struct client *client)
{
    char name[32] = "#lobby";
    if (client->dialect->framed)
        nick_of(name, client->index);
    else if (options.group)
        snprintf(name, sizeof name, "#group%d", client->index / options.group);
    int length = snprintf(out, size, client->dialect->enter, name);
    return client->dialect->framed ? frame(out, length) : length;
}

int write_preparation(char *out, size_t size, const struct client *client)
{
    const struct dialect *dialect = client->dialect;
    int length = 0;
    char name[32], nick[NICK_SIZE];
    int first = options.everywhere ? 0 : room_of(client->index);
    int last = options.everywhere ? options.rooms - 1 : first;
    for (int room = first; room <= last; room++)
        if (!is_lobby(room) && dialect->join) {
            room_name(name, sizeof name, room);
            length += snprintf(out + length, size - length, dialect->join, name);
        }
    if (!options.everywhere && first && dialect->join)
        length += snprintf(out + length, size - length, "PART #lobby%s",
                           dialect->line_end);
    if (!strcmp(dialect->name, "text")) {
        if (options.mix && client->index % 3 == 1)
            length += snprintf(out + length, size - length, "FORMAT json\n");
        if (client->echo)
            length += snprintf(out + length, size - length, "ECHO on\n");
        if (client->ignores >= 0) {
            nick_of(nick, client->ignores);
            length += snprintf(out + length, size - length, "IGNORE %s\n", nick);
        }
    }
    if (dialect->prepare)
        length += snprintf(out + length, size - length, "%s", dialect->prepare);
    return dialect->framed ? frame(out, length) : length;
}

int write_message(char *out, struct message message)
{
    const struct dialect *dialect = clients[message.sender].dialect;
    char name[32];
    int length;
    room_name(name, sizeof name, room_for(message));
    if (options.everywhere && !dialect->names_room)
        length = sprintf(out, "PRIV %s ", name);
    else
        length = sprintf(out, dialect->say, name);
    length += sprintf(out + length, "~%04u.%08u~", message.sender, message.number);
    memcpy(out + length, filler, TEXT_LENGTH - MARK_LENGTH);
    length += TEXT_LENGTH - MARK_LENGTH;
    length += sprintf(out + length, "%s", dialect->line_end);
    return dialect->framed ? frame(out, length) : length;
}

static bool digits(const char *p, int count, uint32_t *value)
{
    uint32_t v = 0;
    unsigned bad = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)p[i] - '0';
        bad |= digit > 9;
        v = v * 10 + digit;
    }
    *value = v;
    return !bad;
}

static bool read_at_mark(const char *p, const char *end, struct message *message)
{
    return end - p >= TEXT_LENGTH && p[0] == '~' && p[5] == '.' && p[14] == '~' &&
           digits(p + 1, 4, &message->sender) && digits(p + 6, 8, &message->number);
}

/* Find the message in a line; false for a line that holds none. */
bool read_message(struct client *client, const char *line, const char *end,
                  struct message *message)
{
    const char *p = line + client->hint;
    if (end - line < client->hint || !read_at_mark(p, end, message)) {
        p = memchr(line, '~', end - line);
        while (p && !read_at_mark(p, end, message))
            p = memchr(p + 1, '~', end - p - 1);
        if (!p)
            return false;
        client->hint = (int)(p - line);
    }
    if (message->sender >= MAX_SENDERS ||
        memcmp(p + MARK_LENGTH, filler, TEXT_LENGTH - MARK_LENGTH)) {
        totals.damaged++;
        return false;
    }
    return true;
}
