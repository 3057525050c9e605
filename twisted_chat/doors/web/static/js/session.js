// Being in the chat: coming in, coming back, rooms, and what goes up.

import { Census } from './census.js';
import { LOBBY } from './chat.js';
import { draftsInPrivate } from './drafts.js';
import { receive } from './incoming.js';
import { Link } from './link.js';
import { parts } from './measure.js';
import { fold, roomName } from './names.js';
import { takeNotice } from './notices.js';
import { Outbox } from './outbox.js';
import { Past } from './past.js';
import { Reading } from './reading.js';
import { Requests } from './requests.js';
import { SignIn } from './signin.js';
import { keepUnsent, unsentInPrivate } from './unsent.js';

export class Session {
  #wantedRooms = new Set();
  #keys = new Map();
  #welcomed = [];

  /**
   * `on`: {state(name, seconds), inside(nick), outside(text, about), rooms(names), error(text), joined(), account(),
   * claimed(text), door(), expired(), closed(nicks), close(conversation)}.
   */
  constructor(chat, url, on) {
    this.chat = chat;
    this.on = on;
    this.inside = false;
    this.leaving = false;
    this.hasPast = true; // whether the server keeps what was said
    this.link = new Link(url, {
      open: () => this.#opened(),
      events: (events) => {
        for (const event of events) receive(chat, this, event);
      },
      lost: () => this.#lost(),
      waiting: (seconds) => on.state('waiting', seconds),
    });
    const changed = (conversation) => chat.changed('messages', conversation);
    this.requests = new Requests((line, cost) => this.link.send(line, cost));
    this.past = new Past({
      send: (verb, fields, to) => this.send(verb, fields, to),
      changed,
      came: (conversation, items, missed) => this.#came(conversation, items, missed),
      caughtUp: (conversation, certain) => this.outbox.resend(conversation, certain),
      without: () => this.withoutPast(),
    });
    this.outbox = new Outbox(this.requests, (conversation) => {
      keepUnsent(conversation, chat.me);
      changed(conversation);
    });
    this.census = new Census(chat, (room) => this.send('who', { room: room.name }, { conversation: room }));
    this.reading = new Reading(chat, (verb, fields, to) => this.send(verb, fields, to), on.closed);
    this.signIn = new SignIn(this);
    this.wanted = ''; // the room to show as soon as it is entered
  }

  /** Send a command; see `Requests.send`. */
  send(verb, fields, to) {
    return this.requests.send(verb, fields, to);
  }

  /** Come in as `who`, see `SignIn`; `rooms` are entered too. */
  enter(who, rooms) {
    this.signIn.who = who;
    this.leaving = false;
    for (const room of rooms) this.#wantedRooms.add(room);
    this.on.state('connecting');
    if (this.link.isOpen) this.signIn.start();
    else this.link.open();
  }

  leave() {
    this.leaving = true;
    this.send('quit');
    this.link.close();
    this.inside = false;
  }

  #opened() {
    this.#welcomed = [];
    this.signIn.start();
  }

  /** Whether there is something that could have gaps. */
  get returning() {
    return this.chat.conversations.size > 0;
  }

  #lost() {
    this.inside = false;
    this.requests.lost();
    this.reading.lost();
    for (const conversation of this.chat.conversations.values()) {
      conversation.joined = false;
      conversation.asking = null;
    }
    this.outbox.lost(this.chat.conversations.values());
    this.chat.changed('me');
    this.on.state(this.leaving ? 'left' : 'lost');
  }

  // What the server says (see incoming.js)

  entered(nick) {
    this.inside = true;
    this.outbox.ready = true;
    this.chat.me = nick;
    const returning = this.returning;
    this.joined(LOBBY);
    for (const room of this.#wantedRooms) {
      if (fold(room) !== LOBBY) this.#join(room);
    }
    for (const nicks of [...draftsInPrivate(), ...unsentInPrivate()]) this.chat.openPrivate(nicks);
    for (const conversation of this.chat.privates()) {
      conversation.joined = true;
      if (this.chat.account && conversation.timeline.lastId) this.past.catchUp(conversation);
      else this.outbox.resend(conversation, false);
    }
    if (this.chat.account) this.reading.ask();
    if (returning && this.hasPast) this.send('replay', { value: 'on' }, { answer: () => true });
    this.on.state('inside');
    this.on.inside(nick);
    for (const event of this.#welcomed) this.notice(event, null);
    this.#welcomed = [];
  }

  /** Messages of the past; `missed`: said while we were not connected. */
  #came(conversation, items, missed) {
    for (const item of items) {
      const known = conversation.timeline.has(item.id);
      if (missed && !known && this.signIn.isOurs(item.nick)) this.outbox.shown(conversation, item);
    }
    this.chat.past(conversation, items, missed);
  }

  named(nick) {
    this.chat.me = nick;
    this.signIn.named(nick);
    this.chat.changed('me');
  }

  joined(name) {
    const known = this.chat.get(name);
    const room = this.chat.open(name);
    room.joined = true;
    room.outside = '';
    this.#wantedRooms.add(room.name);
    this.#rememberRooms();
    if (known?.timeline.items.length && this.hasPast) this.past.catchUp(room);
    else this.outbox.resend(room, false);
    const wanted = this.wanted === room.key;
    if (!this.chat.active || wanted) this.chat.show(room);
    if (wanted) {
      this.wanted = '';
      this.on.joined();
    }
    this.chat.changed('list');
    this.chat.changed('active', this.chat.active);
  }

  parted(room) {
    room.joined = false;
    this.#forgetRoom(room);
    this.chat.drop(room);
  }

  /** One is not in the room, though one was, or wanted to be: `why`. */
  shutOutOf(room, why) {
    room.joined = false;
    room.outside = why;
    this.outbox.shut(room);
    this.chat.changed('active', room);
  }

  removedFrom(room, why) {
    this.#forgetRoom(room);
    this.shutOutOf(room, why);
  }

  thrownOut(text) {
    this.leaving = true;
    this.link.close();
    this.on.outside(text);
  }

  /** Enter the room by its new name from now on. */
  roomRenamed(old, name) {
    const [before, now] = [fold(old), fold(name)];
    if (this.wanted === before) this.wanted = now;
    if (this.#keys.has(before)) this.#keys.set(now, this.#keys.get(before));
    const known = [...this.#wantedRooms].filter((room) => fold(room) === before);
    if (!known.length) return;
    for (const room of known) this.#wantedRooms.delete(room);
    this.#wantedRooms.add(name);
    this.#rememberRooms();
  }

  #forgetRoom(room) {
    this.#wantedRooms.delete(room.name);
    this.#rememberRooms();
  }

  #rememberRooms() {
    this.on.rooms([...this.#wantedRooms]);
  }

  /** `request`: what the notice answers. */
  notice(event, request) {
    if (takeNotice(this.chat, this, event)) return;
    if (this.inside) this.tell(event, request);
    else this.#welcomed.push(event);
  }

  /** A line of the page itself. */
  note(conversation, text, kind = 'note') {
    this.chat.note(conversation, kind, text, Date.now());
  }

  /** Show a line of the server where it belongs. */
  tell({ text, at }, request, kind = 'note') {
    this.chat.note(this.#placeOf(request), kind, text, Date.parse(at));
  }

  #placeOf(request) {
    const asked = request?.conversation;
    return asked && this.chat.conversations.get(asked.key) === asked ? asked : this.chat.active;
  }

  refused(event, request) {
    if (request?.refused?.(event)) return;
    if (!this.inside) {
      this.on.outside(event.text);
      return;
    }
    this.tell(event, request, 'error');
    this.on.error(event.text);
  }

  /** A server without a past: nothing can be fetched. */
  withoutPast() {
    this.hasPast = false;
    for (const conversation of this.chat.conversations.values()) {
      conversation.more = false;
      this.chat.changed('messages', conversation);
    }
    return true;
  }

  // What goes up

  /** The account is ours. */
  loggedIn() {
    this.signIn.proved();
    this.send('whois', { nick: this.chat.me }, {
      answer: ({ operator }) => {
        this.chat.operator = operator === true;
        return true;
      },
      refused: () => true,
    });
    this.send('ignore', {}, {
      answer: ({ value }) => {
        this.chat.ignores(value);
        return true;
      },
    });
    if (this.inside) this.reading.ask();
    this.on.account();
  }

  /** Say `text`, as one message or as few as it needs; `answers`: the id of what it answers. */
  say(conversation, text, answers = 0) {
    for (const part of parts(text)) this.outbox.say(conversation, 'message', part, answers);
  }

  /** Let an own message say something else; `failed(why)` where it may not. */
  edit(conversation, item, text, failed) {
    this.#change('edit', conversation, { id: item.id, text }, failed);
  }

  delete(conversation, item) {
    this.#change('delete', conversation, { id: item.id });
  }

  react(conversation, item, reaction, on) {
    this.#change(on ? 'react' : 'unreact', conversation, { id: item.id, reaction });
  }

  #change(verb, conversation, fields, failed) {
    const refused = failed && (({ text }) => failed(text));
    const sent = this.send(verb, { ...conversation.place, ...fields }, { conversation, refused });
    if (!sent) this.on.error('There is no connection at the moment');
  }

  act(conversation, text) {
    this.outbox.say(conversation, 'action', text);
  }

  /** Run a command as it was typed; the answers come where it was. */
  command(verb, line) {
    const sent = this.send(verb, { line }, { conversation: this.chat.active });
    if (!sent) throw new Error('There is no connection at the moment');
  }

  /** Enter a room, or show it; throws an Error for a bad name. */
  join(name, key = '', refused = undefined) {
    const room = roomName(name);
    const there = this.chat.get(room);
    if (there?.joined) {
      this.chat.show(there);
      return;
    }
    this.wanted = fold(room);
    if (key) this.#keys.set(fold(room), key);
    this.#join(room, refused);
  }

  #join(room, refused) {
    const key = this.#keys.get(fold(room));
    const conversation = this.chat.get(room);
    this.send('join', key ? { room, key } : { room }, {
      conversation,
      refused: (error) => {
        if (this.wanted === fold(room)) this.wanted = '';
        if (conversation) this.shutOutOf(conversation, `You are not in ${conversation.name}: ${error.text}`);
        return refused?.(error) ?? false;
      },
    });
  }

  part(conversation, reason = '') {
    if (conversation.isRoom && conversation.joined) {
      this.send('part', { room: conversation.name, reason }, { conversation });
      return;
    }
    if (conversation.isRoom) this.#forgetRoom(conversation);
    else this.on.close(conversation);
    conversation.joined = false;
    this.chat.drop(conversation);
  }

  /** A tab for writing to `nicks` alone. */
  writeTo(nicks) {
    const conversation = this.chat.openPrivate(nicks);
    conversation.joined = this.inside;
    this.chat.show(conversation);
    return conversation;
  }
}
