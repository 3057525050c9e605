// What is in a conversation, in order; each message once.  No DOM here.

import { fold } from './names.js';
import { dayKey } from './times.js';

const MOST = 20_000;
const LATELY = 10 * 60_000;
const TOGETHER = 5 * 60_000;

let uids = 0;

const listed = (value) => (value instanceof Map ? JSON.stringify([...value]) : value);
const sameValue = (one, other) => listed(one) === listed(other);

/**
 * Items are messages {id, at, nick, text, kind: 'message' | 'action' | 'private', answers (an id),
 * changed, deleted (by whom), reactions}
 * and notes {at, kind: 'come' | 'go' | 'note' | 'error', nick, text}.
 * A room's messages have ids that grow by one, and so have notes of its topic {setBy, by whom}; other notes have none.
 */
export class Timeline {
  constructor() {
    this.items = [];
    this.ids = new Map();
    this.spoke = new Map();
    this.lastId = 0;
    this.firstId = Infinity;
    this.olderFrom = Infinity; // where the server says that older ones are
  }

  static of(items) {
    const timeline = new Timeline();
    timeline.addAll(items);
    return timeline;
  }

  /** When the message `id` was said. */
  atOf(id) {
    return this.ids.get(id)?.at;
  }

  /** The ids that are known mean nothing any more. */
  forgetIds() {
    for (const item of this.items) delete item.id;
    this.ids.clear();
    this.lastId = 0;
    this.firstId = Infinity;
  }

  /** Put `item` where it belongs; false when it is there already. */
  add(item) {
    if (item.id !== undefined) {
      if (this.ids.has(item.id)) {
        this.#again(this.ids.get(item.id), item);
        return false;
      }
      this.ids.set(item.id, item);
      this.lastId = Math.max(this.lastId, item.id);
      this.firstId = Math.min(this.firstId, item.id);
    }
    item.uid = ++uids;
    const key = fold(item.nick ?? '');
    if (item.kind === 'come' || item.kind === 'go') {
      item.loud = item.at - (this.spoke.get(key) ?? -Infinity) < LATELY;
    } else if (key) {
      this.spoke.set(key, Math.max(item.at, this.spoke.get(key) ?? 0));
    }
    let place = this.items.length;
    while (place > 0 && this.#later(this.items[place - 1], item)) place -= 1;
    this.items.splice(place, 0, item);
    return true;
  }

  /** A message that is here has come once more, perhaps changed meanwhile. */
  #again(known, { text, changed, deleted, reactions }) {
    const after = { text, changed, deleted, reactions };
    if (Object.entries(after).every(([name, value]) => sameValue(known[name], value))) return;
    Object.assign(known, after);
    known.revision = (known.revision ?? 0) + 1;
  }

  /** Have `change` change the message `id`, if it is here. */
  revise(id, change) {
    const item = this.ids.get(id);
    if (!item) return;
    change(item);
    item.revision = (item.revision ?? 0) + 1;
  }

  /** The message `id`, or undefined. */
  get(id) {
    return this.ids.get(id);
  }

  #later(other, item) {
    if (item.id !== undefined && other.id !== undefined) return other.id > item.id;
    return item.id !== undefined && other.at > item.at;
  }

  /** Many messages, older than all that are here or not. */
  addAll(items) {
    for (const item of items) if (this.ids.has(item.id)) this.add(item);
    const fresh = items.filter((item) => !this.ids.has(item.id));
    const first = this.items.find((item) => item.id !== undefined);
    const older = first && fresh.length > 0 && fresh.at(-1).id < first.id;
    if (!older) {
      for (const item of fresh) this.add(item);
      return fresh.length;
    }
    const rest = this.items;
    this.items = [];
    for (const item of fresh) this.add(item);
    this.items = this.items.concat(rest);
    return fresh.length;
  }

  /** Forget the oldest past a bound; they can be fetched again. */
  trim() {
    if (this.items.length <= MOST) return false;
    for (const item of this.items.splice(0, MOST / 10)) this.ids.delete(item.id);
    this.firstId = this.items.find((item) => item.id !== undefined)?.id ?? Infinity;
    return true;
  }

  has(id) {
    return this.ids.has(id);
  }

  /** Nicks by when they last spoke, the latest first. */
  speakers() {
    return [...this.spoke].sort((one, other) => other[1] - one[1]).map(([nick]) => nick);
  }
}

export const isAction = (item) => item.kind === 'action' || item.action === true;

export const isSpeech = (item) => item.kind === 'message' || item.kind === 'action' || item.kind === 'private';
const folds = (item) => (item.kind === 'come' || item.kind === 'go') && !item.loud;

/**
 * The rows that show `items`: {kind: 'day' | 'fresh' | 'speech' | 'fold' | 'note', key, …}.
 * `isFresh(item)` says what was not seen; `begun`: whether that begins before `items`.
 */
export function rows(items, isFresh, begun) {
  let fresh = begun;
  const found = [];
  let day = '';
  let before = null;
  for (const item of items) {
    const today = dayKey(item.at);
    if (today !== day) {
      found.push({ kind: 'day', key: `d${today}-${item.uid}`, at: item.at });
      day = today;
      before = null;
    }
    if (!fresh && isFresh(item)) {
      fresh = true;
      found.push({ kind: 'fresh', key: 'fresh' });
      before = null;
    }
    const last = found.at(-1);
    if (folds(item)) {
      if (last?.kind === 'fold') last.items.push(item);
      else found.push({ kind: 'fold', key: `f${item.uid}`, items: [item] });
      before = null;
    } else if (isSpeech(item)) {
      const follows = before && before.nick === item.nick && before.kind === item.kind
        && !isAction(item) && before.only === item.only && item.at - before.at < TOGETHER;
      found.push({ kind: 'speech', key: `m${item.uid}`, item, lead: !follows });
      before = item;
    } else {
      found.push({ kind: 'note', key: `n${item.uid}`, item });
      before = null;
    }
  }
  return found;
}
