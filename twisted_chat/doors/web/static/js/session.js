// Being in the chat: coming in, coming back, rooms, and what goes up.

import { LOBBY } from './chat.js';
import { receive } from './incoming.js';
import { Link } from './link.js';
import { fold, isRoom } from './names.js';
import { Outbox } from './outbox.js';
import { Past } from './past.js';

const NO_PASSWORD = 464;
const NICK_TAKEN = 433;
const NICK_TROUBLE = new Set([431, 432, NICK_TAKEN, NO_PASSWORD, 400, 461]);
const ABOUT_SPEECH = new Set([401, 403, 404, 407, 412, 417, 442]);
const SILENT = [/^You speak in /, /^Your own messages /, /^The format is /, /^You are (?:not )?shown what was said /];
const GREETING = /^Welcome to (.*)!$/;

export class Session {
  #who = null;
  #wantedRooms = new Set();
  #reclaim = '';
  #trying = '';
  #keys = new Map();
  #welcomed = [];
  #historyWorks = true;

  /** `on`: {state(name, seconds), inside(nick), outside(code, text), rooms(names), error(text)}. */
  constructor(chat, url, on) {
    this.chat = chat;
    this.on = on;
    this.inside = false;
    this.leaving = false;
    this.link = new Link(url, {
      open: () => this.#opened(),
      events: (events) => {
        for (const event of events) receive(chat, this, event);
      },
      lost: () => this.#lost(),
      waiting: (seconds) => on.state('waiting', seconds),
    });
    const changed = (conversation) => chat.changed('messages', conversation);
    this.past = new Past({
      send: (line) => this.send(line),
      changed,
      came: (conversation, items, missed) => this.#came(conversation, items, missed),
      caughtUp: (conversation, certain) => this.outbox.resend(conversation, certain),
    });
    this.outbox = new Outbox((line) => this.send(line), changed);
    this.onFound = () => {};
    this.onAbout = null;
    this.onNobody = null;
    this.wanted = ''; // the room to show as soon as it is entered
  }

  send(line) {
    return this.link.send(line);
  }

  /** Come in as `who`: {nick, password, door}; `rooms` are entered too. */
  enter(who, rooms) {
    this.#who = who;
    this.leaving = false;
    for (const room of rooms) this.#wantedRooms.add(room);
    this.on.state('connecting');
    if (this.link.isOpen) this.#greet();
    else this.link.open();
  }

  leave() {
    this.leaving = true;
    this.send('QUIT');
    this.link.close();
    this.inside = false;
  }

  #opened() {
    this.#welcomed = [];
    this.#greet();
  }

  #greet() {
    const { nick, password, door } = this.#who;
    if (door) this.send(`PASS ${door}`);
    if (this.#returning() && this.#historyWorks) this.send('REPLAY off');
    this.send(password ? `LOGIN ${nick} ${password}` : `NICK ${nick}`);
  }

  /** Whether there is something that could have gaps. */
  #returning() {
    return this.chat.conversations.size > 0;
  }

  #lost() {
    this.inside = false;
    this.outbox.lost(this.chat.conversations.values());
    for (const conversation of this.chat.conversations.values()) {
      conversation.joined = false;
      conversation.asking = null;
    }
    this.chat.changed('me');
    this.on.state(this.leaving ? 'left' : 'lost');
  }

  // What the server says (see incoming.js)

  entered(nick) {
    this.inside = true;
    this.outbox.ready = true;
    this.chat.me = nick;
    const returning = this.#returning();
    this.joined(LOBBY);
    for (const room of this.#wantedRooms) {
      if (fold(room) !== LOBBY) this.#join(room);
    }
    for (const conversation of this.chat.privates()) {
      conversation.joined = true;
      this.outbox.resend(conversation, false);
    }
    if (returning && this.#historyWorks) this.send('REPLAY on');
    this.on.state('inside');
    this.on.inside(nick);
    for (const [text, at] of this.#welcomed) this.notice(text, at);
    this.#welcomed = [];
  }

  /** Messages of the past; `missed`: said while we were not connected. */
  #came(conversation, items, missed) {
    for (const item of items) {
      if (missed && this.isOurs(item.nick)) this.outbox.shown(conversation, item);
    }
    this.chat.past(conversation, items, missed);
  }

  /** Whether `nick` is us, or was until the connection broke. */
  isOurs(nick) {
    return this.chat.isMe(nick) || (this.#reclaim && fold(nick) === fold(this.#reclaim));
  }

  named(nick) {
    this.chat.me = nick;
    if (this.#reclaim && fold(nick) === fold(this.#reclaim)) this.#reclaim = '';
    if (!this.#reclaim) this.#who.nick = nick;
    this.chat.changed('me');
  }

  joined(name) {
    const known = this.chat.get(name);
    const room = this.chat.open(name);
    room.joined = true;
    this.#wantedRooms.add(room.name);
    this.#rememberRooms();
    if (known?.timeline.items.length && this.#historyWorks) this.past.catchUp(room);
    else this.outbox.resend(room, false);
    if (!this.chat.active || this.wanted === room.key) this.chat.show(room);
    if (this.wanted === room.key) this.wanted = '';
    this.chat.changed('list');
    this.chat.changed('active', this.chat.active);
  }

  parted(room) {
    this.#wantedRooms.delete(room.name);
    this.#rememberRooms();
    this.chat.drop(room);
  }

  removedFrom(room) {
    this.#wantedRooms.delete(room.name);
    this.#rememberRooms();
    room.joined = false;
    this.chat.changed('active', room);
  }

  thrownOut(text) {
    this.leaving = true;
    this.link.close();
    this.on.outside(0, text);
  }

  #rememberRooms() {
    this.on.rooms([...this.#wantedRooms]);
  }

  /** Somebody left; if they held the nick that is ours, take it back. */
  nickIsFree(nick) {
    if (this.#reclaim && fold(nick) === fold(this.#reclaim)) this.send(`NICK ${this.#reclaim}`);
  }

  notice(text, at) {
    const greeting = GREETING.exec(text);
    if (greeting) {
      this.chat.serverName = greeting[1];
      this.chat.changed('me');
      return;
    }
    if (!this.inside) {
      this.#welcomed.push([text, at]);
      return;
    }
    if (/ is registered; LOGIN /.test(text)) {
      this.on.claimed(`${this.chat.me} belongs to an account. Log in, or you soon get another nick.`);
      return;
    }
    if (/^You are away: /.test(text)) this.chat.setAway(this.chat.me, text.slice(14));
    if (text === 'You are back') this.chat.setAway(this.chat.me, '');
    if (!SILENT.some((pattern) => pattern.test(text))) this.chat.note(this.chat.active, 'note', text, at);
  }

  refused(code, text, at) {
    if (code === 421 && /HISTORY|REPLAY|SEARCH/.test(text)) {
      this.#withoutHistory(text);
    } else if (!this.inside && NICK_TROUBLE.has(code)) {
      this.#refusedNick(code, text);
    } else if (!this.inside) {
      this.on.outside(code, text);
    } else {
      if (ABOUT_SPEECH.has(code)) this.outbox.refused(this.chat.conversations.values(), text);
      this.chat.note(this.chat.active, 'error', text, at);
      this.on.error(text);
    }
  }

  /** A server without a past: nothing can be fetched. */
  #withoutHistory(text) {
    if (/SEARCH/.test(text)) this.onFound({ messages: [], more: false, failed: text });
    this.#historyWorks = false;
    for (const conversation of this.chat.conversations.values()) {
      conversation.more = false;
      if (conversation.asking) this.outbox.resend(conversation, false);
      conversation.asking = null;
      this.chat.changed('messages', conversation);
    }
  }

  #refusedNick(code, text) {
    const free = /; try (\S+)$/.exec(text);
    if (code === NICK_TAKEN && free && this.#returning() && !this.#who.password) {
      // Probably our own old connection, which the server has not missed yet.
      this.#reclaim ||= this.#who.nick;
      this.send(`NICK ${free[1]}`);
      return;
    }
    this.on.outside(code, text);
  }

  about(nick, words, at) {
    if (this.onAbout) this.onAbout(nick, words);
    else this.chat.note(this.chat.active, 'note', `${nick}: ${words}`, at);
  }

  /** The account is ours; a reconnect will log in again. */
  loggedIn() {
    if (this.#trying) this.#who.password = this.#trying;
    this.on.account();
  }

  // What goes up

  logIn(password) {
    this.#trying = password;
    this.send(`LOGIN ${password}`);
  }

  say(conversation, text) {
    for (const line of text.split('\n')) {
      if (line.trim()) this.outbox.say(conversation, 'message', line);
    }
  }

  act(conversation, text) {
    this.outbox.say(conversation, 'action', text);
  }

  /** A command about a room: the server reads it as about the current room. */
  command(conversation, line) {
    if (conversation?.isRoom) this.send(`JOIN ${conversation.name}`);
    this.send(line);
  }

  join(name, key = '') {
    const room = isRoom(name) ? name : `#${name}`;
    const there = this.chat.get(room);
    if (there?.joined) {
      this.chat.show(there);
      return;
    }
    this.wanted = fold(room);
    if (key) this.#keys.set(fold(room), key);
    this.#join(room);
  }

  #join(room) {
    this.send(`JOIN ${room} ${this.#keys.get(fold(room)) ?? ''}`.trim());
  }

  part(conversation) {
    if (!conversation.isRoom || !conversation.joined) {
      this.#wantedRooms.delete(conversation.name);
      this.#rememberRooms();
      this.chat.drop(conversation);
    } else {
      this.send(`PART ${conversation.name}`);
    }
  }

  /** A tab for writing to `nick` alone. */
  writeTo(nick) {
    const conversation = this.chat.open(nick);
    conversation.joined = this.inside;
    this.chat.show(conversation);
    return conversation;
  }
}
