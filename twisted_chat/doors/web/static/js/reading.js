// How far one has read: told to the server, and to one's other devices by it.

const EVERY = 3000;
const MOST_TABS = 30;

export class Reading {
  #chat;
  #send;
  #known = false; // what was unread when one came is known
  #told = new Map(); // by conversation: up to which id the server knows
  #waiting = new Set();
  #timer = 0;

  /** `send(verb, fields, to)` asks the server; `closed(conversation)`: up to which id its tab was closed. */
  constructor(chat, send, closed) {
    this.#chat = chat;
    this.#send = send;
    this.closed = closed;
    addEventListener('pagehide', () => this.#flush());
  }

  /** Ask what is unread, and with whom one has written. */
  ask() {
    const refused = () => true;
    this.#send('conversations', {}, { answer: (event) => this.#conversations(event), refused });
    this.#send('unread', {}, { answer: (event) => this.#unread(event), refused });
  }

  lost() {
    this.#known = false;
    this.#told.clear();
    this.#waiting.clear();
  }

  #conversations({ conversations }) {
    for (const { with: others, last } of conversations.slice(0, MOST_TABS)) {
      const nicks = others.split(',');
      if (last > this.closed(nicks)) this.#chat.openPrivate(nicks).joined = true;
    }
    return true;
  }

  #unread({ places }) {
    const found = new Map();
    for (const place of places) {
      const conversation = place.with === undefined ? this.#chat.get(place.room) : this.#chat.openPrivate(place.with.split(','));
      if (conversation) found.set(conversation, place);
    }
    for (const conversation of this.#chat.list()) {
      const place = found.get(conversation);
      if (place) conversation.joined ||= !conversation.isRoom;
      conversation.unreadIs(place ?? { unread: 0, mentions: 0 });
    }
    this.#known = true;
    this.#chat.changed('list');
    this.#chat.changed('messages', this.#chat.active);
    return true;
  }

  /** Another device has read. */
  told(event) {
    const conversation = this.#chat.placeOf(event);
    if (!conversation) return;
    this.#told.set(conversation, Math.max(event.id, this.#told.get(conversation) ?? 0));
    if (conversation !== this.#chat.active) conversation.unreadIs(event);
    this.#chat.changed('list');
  }

  /** Somebody sees the end of `conversation`. */
  seen(conversation) {
    const id = conversation.timeline.lastId;
    if (!this.#known || !conversation.joined || id <= (this.#told.get(conversation) ?? 0)) return;
    this.#waiting.add(conversation);
    this.#timer ||= setTimeout(() => this.#flush(), 300);
  }

  #flush() {
    clearTimeout(this.#timer);
    for (const conversation of this.#waiting) {
      const id = conversation.timeline.lastId;
      this.#told.set(conversation, id);
      this.#send('read', { ...conversation.place, id }, { answer: () => true, refused: () => true });
    }
    const again = this.#waiting.size > 0;
    this.#waiting.clear();
    this.#timer = again ? setTimeout(() => this.#flush(), EVERY) : 0;
  }
}
