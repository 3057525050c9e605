// One room, or one or several people written to in private.

import { fold, isRoom, keyOf } from './names.js';
import { Timeline } from './timeline.js';

export class Conversation {
  /** `to`: whom it is with, in private; none for a room. */
  constructor(name, to = []) {
    this.timeline = new Timeline();
    this.past = null; // another part of the same room, while one looks there
    this.people = new Map();
    this.morePeople = 0; // how many there are besides
    this.doubtful = false; // somebody came or left without being named
    this.topic = '';
    this.joined = false;
    this.behind = false; // it is not known yet what was missed
    this.outside = ''; // why one is not in the room
    this.unread = 0;
    this.mentions = 0;
    this.freshFrom = null; // the first message that was not seen, where it has no id
    this.freshAfter = null; // up to which id all was seen, until it is shown no more
    this.freshCount = 0; // how many were not
    this.freshSeen = false; // whether the line where they begin was in sight
    this.fetched = false; // whether what was written before was asked for
    this.more = isRoom(name); // whether the server has older messages
    this.asking = null; // the question about the past that is under way
    this.queued = 0; // how many there are, and were since it was empty
    this.outbox = []; // own messages that the server has not shown yet
    this.draft = '';
    this.answering = 0; // the id of the message that is about to be answered
    this.editing = null; // the own message that is about to say something else
    this.edited = ''; // what it is to say
    this.isRoom = isRoom(name);
    if (this.isRoom) {
      this.to = [];
      this.call(name);
    } else {
      this.writeTo(to);
    }
  }

  /** The room is called so from now on. */
  call(name) {
    this.name = name;
    this.key = fold(name);
  }

  /** It is with these people from now on. */
  writeTo(nicks) {
    this.to = nicks;
    this.name = nicks.join(', ');
    this.key = keyOf(nicks);
  }

  isWith(nick) {
    return this.to.some((one) => fold(one) === fold(nick));
  }

  /** The message `id`, if it is here. */
  get(id) {
    return this.timeline.get(id) ?? this.past?.get(id);
  }

  /** What is looked at. */
  get shown() {
    return this.past ?? this.timeline;
  }

  get count() {
    return this.people.size + this.morePeople;
  }

  setPeople(people, more) {
    this.people = new Map(people.map((person) => [fold(person.nick), person]));
    this.morePeople = more;
    this.doubtful = false;
  }

  /** Many came and left at once; the first of them are named. */
  crowd({ joined, joined_count: came, left, left_count: went }) {
    let count = this.count + came - went;
    for (const nick of joined) {
      if (this.people.has(fold(nick))) count -= 1;
      this.people.set(fold(nick), { nick, away: '' });
    }
    for (const nick of left) this.people.delete(fold(nick));
    this.morePeople = Math.max(0, count - this.people.size);
    this.doubtful ||= this.morePeople > 0 || came > joined.length || went > left.length;
  }

  get mentioned() {
    return this.mentions > 0;
  }

  /** How a command names it. */
  get place() {
    return this.isRoom ? { room: this.name } : { with: this.to };
  }

  /** Count a message that nobody looks at. */
  countUnread(item, mention) {
    if (!this.unread) {
      this.forgetFresh();
      if (item.id === undefined) this.freshFrom = item;
      else this.freshAfter = item.id - 1;
    }
    this.unread += 1;
    this.freshCount = this.unread;
    this.mentions += mention ? 1 : 0;
  }

  /** The server says what is unread, after the message `id`. */
  unreadIs({ id, unread, mentions }) {
    Object.assign(this, { unread, mentions });
    if (!unread) return;
    this.forgetFresh();
    Object.assign(this, { freshAfter: id, freshCount: unread });
  }

  /** Nothing is new any more. */
  forgetFresh() {
    Object.assign(this, { freshFrom: null, freshAfter: null, freshCount: 0, freshSeen: false });
  }

  /** It was deleted. */
  forgetAll() {
    this.timeline = new Timeline();
    this.past = null;
    this.more = false;
  }

  isFresh(item) {
    return item === this.freshFrom || (this.freshAfter !== null && item.id > this.freshAfter);
  }

  /** All of it was seen. */
  read() {
    const changed = this.unread > 0;
    this.unread = 0;
    this.mentions = 0;
    return changed;
  }
}
