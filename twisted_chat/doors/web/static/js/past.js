// Questions about the past: HISTORY of a conversation, and what was missed.

import { isSpeech, Timeline } from './timeline.js';

const PAGE = 100;
const UNKNOWN = 421;
const ONCE_MORE = 50; // known messages that are asked for again: they may have changed

/** What the topic was set to, and by whom, in words. */
export function topicWords({ topic, nick, deleted }) {
  if (deleted) return `A topic of ${nick} was deleted`;
  if (topic) return nick ? `${nick} set the topic: ${topic}` : `The topic is: ${topic}`;
  return nick ? `${nick} took the topic away` : 'The room has no topic';
}

/** An event of the server as an item of a timeline. */
export function asItem(event) {
  if (event.event === 'topic') {
    return { kind: 'note', id: event.id, at: Date.parse(event.at), nick: '', text: topicWords(event), setBy: event.nick };
  }
  return {
    kind: event.with === undefined ? event.event : 'private',
    action: event.event === 'action' || event.kind === 'action',
    id: event.id,
    at: Date.parse(event.at),
    nick: event.nick,
    text: event.text,
    answers: event.reply_to ?? 0,
    changed: event.changed ? Date.parse(event.changed) : 0,
    deleted: event.deleted?.by ?? '',
    reactions: new Map((event.reactions ?? []).map(({ reaction, count, nicks }) => [reaction, { count, nicks }])),
  };
}

export class Past {
  /**
   * `on`: {send(verb, fields, to), changed(conversation), came(conversation, items, missed),
   * caughtUp(conversation, certain), without()}.
   */
  constructor(on) {
    this.on = on;
  }

  #ask(conversation, question) {
    if (conversation.asking) return;
    conversation.asking = question;
    const { kind, id, count = PAGE } = question;
    const where = id === undefined ? {} : { [kind]: id };
    this.on.send('history', { ...conversation.place, n: count, ...where }, {
      conversation,
      answer: (event) => this.#answer(conversation, question, event),
      refused: ({ code }) => this.#refused(conversation, question, code),
    });
    this.on.changed(conversation);
  }

  /** What was said before all that is shown. */
  older(conversation) {
    const shown = conversation.shown;
    const more = conversation.past ? conversation.past.more : conversation.more;
    if (!more || !conversation.joined || shown.firstId === Infinity) return;
    this.#ask(conversation, { kind: 'before', id: Math.min(shown.firstId, shown.olderFrom) });
  }

  /** What followed the part of the past that is shown. */
  newer(conversation) {
    const past = conversation.past;
    if (past) this.#ask(conversation, { kind: 'after', id: past.lastId, past });
  }

  /** What was written in private before the page was loaded. */
  latest(conversation) {
    conversation.fetched = true;
    this.#go(conversation, { kind: 'latest' });
  }

  around(conversation, id) {
    this.#go(conversation, { kind: 'around', id, count: 60 });
  }

  /**
   * After a reconnect: all since the last message that is known.  That one and some
   * before it are asked for too, as they are now: when the last is another one, the
   * server has begun to count anew, and what is known says nothing about what was missed.
   */
  catchUp(conversation) {
    const last = conversation.timeline.lastId;
    if (last) this.#go(conversation, { kind: 'after', id: Math.max(0, last - 1 - ONCE_MORE), catching: last });
    else this.#go(conversation, { kind: 'after', id: 0, catching: 0, sure: true });
  }

  /** Ask, whatever else is asked. */
  #go(conversation, question) {
    conversation.asking = null;
    this.#ask(conversation, question);
  }

  #answer(conversation, question, event) {
    if (conversation.asking === question) conversation.asking = null;
    const catching = question.catching !== undefined;
    const items = event.messages.map(asItem);
    this.on.came(conversation, items.filter(isSpeech), catching || Boolean(question.retold));
    if (catching) this.#caught(conversation, question, items, event.next);
    else this.#fill(conversation, question, items, event);
    this.on.changed(conversation);
    return true;
  }

  /** Nothing comes of the question; a server without a past has none for any. */
  #refused(conversation, question, code) {
    if (conversation.asking === question) conversation.asking = null;
    if (code === UNKNOWN) this.on.without();
    if (question.catching !== undefined || question.retold) this.on.caughtUp(conversation, false);
    if (!conversation.isRoom) conversation.more = false; // nothing of it is kept
    this.on.changed(conversation);
    return code === UNKNOWN || !conversation.isRoom;
  }

  #fill(conversation, { kind, id, past, retold }, items, { more, next }) {
    if (kind === 'around') {
      conversation.past = Timeline.of(items);
      conversation.past.more = true;
      conversation.past.target = id;
    } else if (kind === 'after') {
      if (past !== conversation.past) return;
      past.addAll(items);
      if (!more) this.toNow(conversation);
    } else {
      const timeline = conversation.shown;
      timeline.addAll(items);
      timeline.olderFrom = next ?? Infinity;
      if (timeline === conversation.past) timeline.more = more;
      else conversation.more = more;
      if (kind === 'latest') this.on.caughtUp(conversation, retold ?? false);
    }
  }

  #caught(conversation, { catching, sure }, items, next) {
    const timeline = conversation.timeline;
    const last = items.find((item) => item.id === catching);
    const another = last && last.at !== timeline.atOf(catching);
    if (!sure && (another || !items.some((item) => item.id >= catching))) {
      this.#anew(conversation);
      return;
    }
    timeline.addAll(items);
    if (next) this.#go(conversation, { kind: 'after', id: next, catching, sure: true });
    else this.on.caughtUp(conversation, true);
  }

  /** The server counts from one again: keep what is shown, without its ids. */
  #anew(conversation) {
    conversation.timeline.forgetIds();
    this.#go(conversation, { kind: 'latest', retold: true });
  }

  /** Leave the past. */
  toNow(conversation) {
    conversation.past = null;
    this.on.changed(conversation);
  }
}
