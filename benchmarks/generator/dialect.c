/* What is written to a server, and where in its lines the messages are. */
#include "generator.h"

#include <string.h>

static const struct dialect dialects[] = {
    {"text", "NICK %s\n", NULL, NULL, "* In #", "JOIN %s\n", "MSG ", "PING prepared\n",
     "prepared", "\n", false},
    {"irc", "NICK %s\r\nUSER %s 0 * :%s\r\n", " 001 ", "JOIN %s\r\n",
     " 366 ", "JOIN %s\r\n", "PRIVMSG %s :", "PING :prepared\r\n", "prepared", "\r\n", true},
    /* The textbooks' chat: the first line is your name, the others are speech. */
    {"plain", "%s\n", NULL, NULL, "Welcome", NULL, "", NULL, NULL, "\n", false},
};
const struct dialect *dialect;

static const char filler[] =
    " 64 bytes of text, as people write them in a chat, and so on and on";

bool choose_dialect(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (!strcmp(dialects[i].name, name)) {
            dialect = &dialects[i];
            return true;
        }
    return false;
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

static void nick_of(char nick[NICK_SIZE], int index)
{
    snprintf(nick, NICK_SIZE, "n%05u", (unsigned)index % 100000);
}

int write_hello(char *out, size_t size, const struct client *client)
{
    char nick[NICK_SIZE];
    nick_of(nick, client->index);
    return snprintf(out, size, dialect->hello, nick, nick, nick);
}

/* Into the lobby, or the room of this client's group. */
int write_entry(char *out, size_t size, const struct client *client)
{
    char name[32] = "#lobby";
    if (options.group)
        snprintf(name, sizeof name, "#group%d", client->index / options.group);
    return snprintf(out, size, dialect->enter, name);
}

int write_preparation(char *out, size_t size, const struct client *client)
{
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
    return length;
}

int write_message(char *out, struct message message)
{
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
    return length + sprintf(out + length, "%s", dialect->line_end);
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
