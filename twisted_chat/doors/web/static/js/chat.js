// All that is known of the chat: conversations, people, oneself.  No DOM here.

import { Conversation } from './conversation.js';
import { draftOf, keepDraft, moveDraft } from './drafts.js';
import { fold, keyOf, mentions } from './names.js';
import { keepUnsent, moveUnsent, unsentOf } from './unsent.js';

export const LOBBY = '#lobby';

export class Chat {
  constructor() {
    this.conversations = new Map();
    this.active = null;
    this.me = '';
    this.account = '';
    this.operator = false;
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

  /** One hears nothing of these nicks, which have commas between them. */
  ignores(nicks = '') {
    this.ignored = new Set(nicks.split(',').filter(Boolean).map(fold));
  }

  isMe(nick) {
    return fold(nick) === fold(this.me);
  }

  get(name) {
    return this.conversations.get(fold(name));
  }

  /** The room `name`, made if it isn't there. */
  open(name) {
    return this.get(name) ?? this.#add(new Conversation(name));
  }

  /** What is written in private to `nicks` and by them, made if it isn't there. */
  openPrivate(nicks) {
    const unique = [...new Map(nicks.map((nick) => [fold(nick), nick])).values()];
    const there = this.conversations.get(keyOf(unique));
    if (there) return there;
    const conversation = this.#add(new Conversation('', unique));
    conversation.more = Boolean(this.account); // what guests write in private is not kept
    return conversation;
  }

  /** Where a private message belongs: with all who read it. */
  privateOf({ nick, to }) {
    const others = [nick, ...to].filter((one) => !this.isMe(one));
    return this.openPrivate(others.length ? others : [nick]);
  }

  #add(conversation) {
    const { text, answers } = draftOf(conversation.key);
    Object.assign(conversation, { draft: text, answering: answers });
    conversation.outbox = unsentOf(conversation.key, this.me);
    conversation.queued = conversation.outbox.length;
    this.conversations.set(conversation.key, conversation);
    this.changed('list');
    return conversation;
  }

  drop(conversation) {
    Object.assign(conversation, { draft: '', answering: 0 });
    keepDraft(conversation);
    conversation.outbox = [];
    keepUnsent(conversation, this.me);
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
    if (this.active && this.active !== conversation) this.active.forgetFresh();
    this.active = conversation;
    conversation?.read();
    this.changed('active', conversation);
  }

  /** A message that somebody said: in its place, counted, and announced. */
  said(conversation, item, { replay = false, unread = false } = {}) {
    const own = this.isMe(item.nick);
    item.mention = this.#calls(conversation, item);
    if (!conversation.timeline.add(item)) return;
    if (conversation.timeline.trim()) conversation.more = conversation.isRoom;
    if (own || replay) {
      if (unread && !own) conversation.countUnread(item, item.mention);
      if (unread) this.changed('list');
      this.changed('messages', conversation);
      return;
    }
    if (!(conversation === this.active && this.attended())) {
      conversation.countUnread(item, item.mention);
      if (item.mention) this.onAttention(conversation, item);
      this.changed('list');
    }
    this.onSaid(conversation, item);
    this.changed('messages', conversation);
  }

  /** What calls us: the nick, and the account. */
  get names() {
    return [this.me, this.account].filter(Boolean);
  }

  /** Whether `item` mentions us, by the rule of docs/protocol.rst. */
  #calls(conversation, { nick, kind, text }) {
    if (this.isMe(nick)) return false;
    if (kind === 'private' || this.names.some((name) => mentions(text, name))) return true;
    return text.includes('@here') && mentions(text, 'here') && conversation.people.get(fold(nick))?.rank === 'owner';
  }

  /** The room or private conversation that `event` is about, if it is open. */
  placeOf({ room, with: others }) {
    return others === undefined ? this.get(room) : this.conversations.get(keyOf(others.split(',')));
  }

  /** Have `change` change the message that `event` is about, wherever it is shown. */
  revise(event, change) {
    const conversation = this.placeOf(event);
    conversation?.timeline.revise(event.id, change);
    conversation?.past?.revise(event.id, change);
    if (conversation) this.changed('messages', conversation);
  }

  /** What one may do with `item`: {answer, react, edit, remove}. */
  rights(conversation, item) {
    const known = item.id !== undefined && !item.deleted && conversation.joined;
    const own = this.isMe(item.nick) || fold(item.nick) === fold(this.account);
    const owner = conversation.isRoom && (this.operator || conversation.people.get(fold(this.me))?.rank === 'owner');
    return { answer: known, react: known, edit: known && own, remove: known && (own || owner) };
  }

  /** Messages of the past, about to be put in their places. */
  past(conversation, items, missed) {
    const looking = conversation === this.active && this.attended();
    for (const item of items) {
      const own = this.isMe(item.nick);
      item.mention = this.#calls(conversation, item);
      if (!missed || own || looking || conversation.timeline.has(item.id)) continue;
      conversation.countUnread(item, item.mention);
      if (item.mention) this.onAttention(conversation, item);
    }
    if (missed) this.changed('list');
  }

  /** What the history has, and nobody said. */
  noted(conversation, item) {
    conversation.timeline.add(item);
    this.changed('messages', conversation);
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
    if (!room.people.delete(fold(nick))) {
      if (!room.morePeople) return;
      room.morePeople -= 1;
    }
    this.note(room, 'go', words, at, nick);
    this.changed('people', room);
  }

  wentEverywhere(nick, at, reason) {
    const words = reason ? `left the chat: ${reason}` : 'left the chat';
    for (const one of this.conversations.values()) {
      if (one.people.has(fold(nick))) {
        this.went(one, nick, at, words);
      } else if (one.morePeople) {
        one.doubtful = true; // they were among those who are not named, or not there
        this.changed('people', one);
      } else if (one.isWith(nick)) {
        this.note(one, 'note', `${nick} ${words}`, at);
      }
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
      if (one.isWith(old)) this.#rename(one, old, nick, at);
    }
    this.changed('list');
    this.changed('active', this.active);
  }

  /** Somebody of a private conversation is called `nick` now. */
  #rename(one, old, nick, at) {
    const to = one.to.map((each) => (fold(each) === fold(old) ? nick : each));
    const other = this.conversations.get(keyOf(to));
    if (other && other !== one) return;
    const before = one.key;
    this.conversations.delete(before);
    one.writeTo(to);
    this.conversations.set(one.key, one);
    moveDraft(before, one);
    this.note(one, 'note', `${old} is now known as ${nick}`, at);
  }

  /** The room `one` is called `name` now. */
  roomRenamed(one, name) {
    const before = one.key;
    const other = this.get(name);
    if (other && other !== one) this.drop(other); // what is left of one that is gone
    this.conversations.delete(before);
    one.call(name);
    this.conversations.set(one.key, one);
    moveDraft(before, one);
    moveUnsent(before, one, this.me);
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
      for (const nick of one.to) found.set(fold(nick), nick);
    }
    return found;
  }
}
