// All that is known of the chat: conversations, people, oneself.  No DOM here.

import { Conversation } from './conversation.js';
import { fold, mentions } from './names.js';

export const LOBBY = '#lobby';

export class Chat {
  constructor() {
    this.conversations = new Map();
    this.active = null;
    this.me = '';
    this.account = '';
    this.away = '';
    this.serverName = '';
    this.ignored = new Set();
    this.rooms = [];
    this.attended = () => true; // whether somebody looks at the active one
    this.onChange = () => {}; // (what, conversation)
    this.onAttention = () => {}; // (conversation, item)
    this.onSaid = () => {}; // (conversation, item)
  }

  changed(what, conversation = null) {
    this.onChange(what, conversation);
  }

  isMe(nick) {
    return fold(nick) === fold(this.me);
  }

  get(name) {
    return this.conversations.get(fold(name));
  }

  /** The conversation `name`, made if it isn't there. */
  open(name) {
    let conversation = this.get(name);
    if (!conversation) {
      conversation = new Conversation(name);
      this.conversations.set(conversation.key, conversation);
      this.changed('list');
    }
    return conversation;
  }

  drop(conversation) {
    this.conversations.delete(conversation.key);
    if (this.active === conversation) this.show(this.get(LOBBY) ?? this.list()[0] ?? null);
    this.changed('list');
  }

  list() {
    const order = (one) => (one.key === LOBBY ? '' : one.key);
    return [...this.conversations.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
  }

  roomsHere() {
    return this.list().filter((one) => one.isRoom);
  }

  privates() {
    return this.list().filter((one) => !one.isRoom);
  }

  show(conversation) {
    if (this.active && this.active !== conversation) this.active.freshFrom = null;
    this.active = conversation;
    conversation?.read();
    this.changed('active', conversation);
  }

  /** A message that somebody said: in its place, counted, and announced. */
  said(conversation, item, replayed = false) {
    const own = this.isMe(item.nick);
    item.mention = !own && (item.kind === 'private' || mentions(item.text, this.me));
    if (!conversation.timeline.add(item)) return;
    if (conversation.timeline.trim()) conversation.more = conversation.isRoom;
    if (own || replayed) {
      this.changed('messages', conversation);
      return;
    }
    if (!(conversation === this.active && this.attended())) {
      conversation.count(item, item.mention);
      if (item.mention) this.onAttention(conversation, item);
      this.changed('list');
    }
    this.onSaid(conversation, item);
    this.changed('messages', conversation);
  }

  /** Messages of the past, about to be put in their places. */
  past(conversation, items, missed) {
    const looking = conversation === this.active && this.attended();
    for (const item of items) {
      const own = this.isMe(item.nick);
      item.mention = !own && mentions(item.text, this.me);
      if (!missed || own || looking || conversation.timeline.has(item.id)) continue;
      conversation.count(item, item.mention);
      if (item.mention) this.onAttention(conversation, item);
    }
    if (missed) this.changed('list');
  }

  /** A line of the chat itself. */
  note(conversation, kind, text, at, nick) {
    conversation?.timeline.add({ kind, text, at, nick });
    this.changed('messages', conversation);
  }

  // People

  came(name, nick, at, words) {
    const room = this.get(name);
    if (!room) return;
    room.people.set(fold(nick), { nick, away: '' });
    this.note(room, 'come', words, at, nick);
    this.changed('people', room);
  }

  went(room, nick, at, words) {
    if (!room.people.delete(fold(nick))) return;
    this.note(room, 'go', words, at, nick);
    this.changed('people', room);
  }

  wentEverywhere(nick, at, reason) {
    const words = reason ? `left the chat: ${reason}` : 'left the chat';
    for (const room of this.conversations.values()) {
      if (room.isRoom) this.went(room, nick, at, words);
      else if (room.key === fold(nick)) this.note(room, 'note', `${nick} ${words}`, at);
    }
  }

  renamed(old, nick, at) {
    if (this.isMe(old)) this.me = nick;
    for (const one of [...this.conversations.values()]) {
      const person = one.people.get(fold(old));
      if (person) {
        one.people.delete(fold(old));
        one.people.set(fold(nick), { ...person, nick });
        this.note(one, 'note', `${old} is now known as ${nick}`, at);
        this.changed('people', one);
      }
      if (!one.isRoom && one.key === fold(old) && !this.get(nick)) {
        this.conversations.delete(one.key);
        one.name = nick;
        one.key = fold(nick);
        this.conversations.set(one.key, one);
        this.note(one, 'note', `${old} is now known as ${nick}`, at);
      }
    }
    this.changed('list');
    this.changed('active', this.active);
  }

  setAway(nick, text) {
    if (this.isMe(nick)) this.away = text;
    for (const room of this.conversations.values()) {
      const person = room.people.get(fold(nick));
      if (person) {
        person.away = text;
        this.changed('people', room);
      }
    }
    this.changed('me');
  }

  /** Every nick that is known, for completion. */
  nicks() {
    const found = new Map();
    for (const one of this.conversations.values()) {
      for (const [key, person] of one.people) found.set(key, person.nick);
      if (!one.isRoom) found.set(one.key, one.name);
    }
    return found;
  }

}
