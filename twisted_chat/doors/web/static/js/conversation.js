// One room, or one person written to in private.

import { fold, isRoom } from './names.js';
import { Timeline } from './timeline.js';

export class Conversation {
  constructor(name) {
    this.name = name;
    this.key = fold(name);
    this.isRoom = isRoom(name);
    this.timeline = new Timeline();
    this.past = null; // another part of the same room, while one looks there
    this.people = new Map();
    this.morePeople = 0;
    this.topic = '';
    this.joined = false;
    this.unread = 0;
    this.mentioned = false;
    this.freshFrom = null; // the first message that was not seen
    this.more = this.isRoom; // whether the server has older messages
    this.asking = null; // the question about the past that is under way
    this.outbox = []; // own messages that the server has not shown yet
    this.draft = '';
  }

  /** What is looked at. */
  get shown() {
    return this.past ?? this.timeline;
  }

  setPeople(people, more) {
    this.people = new Map(people.map((person) => [fold(person.nick), person]));
    this.morePeople = more;
  }

  /** Count a message that nobody looks at. */
  count(item, mention) {
    if (!this.unread) this.freshFrom = item;
    this.unread += 1;
    this.mentioned ||= mention;
  }

  /** All of it was seen. */
  read() {
    const changed = this.unread > 0;
    this.unread = 0;
    this.mentioned = false;
    return changed;
  }
}
