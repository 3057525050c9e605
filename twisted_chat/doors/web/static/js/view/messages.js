// The list of messages: only a window of the timeline is in the page.

import { byId, eachFrame, el } from '../dom.js';
import { hue } from '../names.js';
import { clockTime, dayName, fullTime } from '../times.js';
import { isAction, rows } from '../timeline.js';
import { parts } from './message.js';

const FIRST = 120;
const STEP = 100;
const MOST = 500;
const EDGE = 900;
const AT_END = 60;
const MAX_PENDING = 50;

const stamp = (at) => el('time', { dateTime: new Date(at).toISOString(), title: fullTime(at) }, clockTime(at));

const plural = (count, one, many) => (count === 1 ? one : `${count} ${many}`);

/** What a run of comings and goings says in a few words. */
function foldWords(items) {
  const words = [];
  for (const [kind, verb] of [['come', 'joined'], ['go', 'left']]) {
    const nicks = [...new Set(items.filter((item) => item.kind === kind).map((item) => item.nick))];
    if (nicks.length) words.push(`${nicks.length > 3 ? `${nicks.length} people` : nicks.join(', ')} ${verb}`);
  }
  return words.join(' · ');
}

export class MessagesView {
  #chat;
  #on;
  #log = byId('log');
  #list = byId('rows');
  #shown = null;
  #end = null; // the last item in the window; null: whatever is the latest
  #count = FIRST;
  #nodes = new Map();
  #atEnd = true;
  #missed = 0;
  #opened = new Set();

  /**
   * `on`: {older(), newer(), now(), person(nick), retry(entry), forget(entry), seen(), and what
   * a message needs, see message.js}.
   */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.draw = eachFrame(() => this.#draw());
    this.#log.addEventListener('scroll', eachFrame(() => this.#scrolled()), { passive: true });
    byId('to-end').addEventListener('click', () => this.toEnd());
    byId('to-fresh').addEventListener('click', () => this.#on.jump(this.#chat.active.freshAfter + 1));
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#atEnd && this.#toBottom()).observe(this.#log);
  }

  get atEnd() {
    return this.#atEnd && !this.#chat.active?.past;
  }

  /** Show the latest message. */
  toEnd() {
    if (this.#chat.active?.past) this.#on.now();
    this.#end = null;
    this.#count = FIRST;
    this.#atEnd = true;
    this.#draw();
    this.#toBottom();
  }

  /** Somebody said something in the open conversation. */
  count() {
    if (!this.#atEnd) this.#missed += 1;
  }

  #toBottom() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #bounds() {
    const items = this.#shown.items;
    const end = this.#end ? items.indexOf(this.#end) + 1 : items.length;
    return [Math.max(0, end - this.#count), end];
  }

  #draw() {
    const conversation = this.#chat.active;
    const fresh = conversation?.shown !== this.#shown;
    if (fresh) this.#switch(conversation);
    if (!conversation) return;
    if (this.#end && !this.#shown.items.includes(this.#end)) this.#end = null;
    const [start, end] = this.#bounds();
    const wanted = rows(this.#shown.items.slice(start, end), (item) => conversation.isFresh(item), this.#begun(conversation, start));
    if (!this.#end && !conversation.past) {
      const { outbox } = conversation;
      outbox.slice(0, MAX_PENDING).forEach((entry) => wanted.push({ kind: 'outbox', key: entry, entry, joined: conversation.joined }));
      const more = outbox.length - MAX_PENDING;
      if (more > 0) wanted.push({ kind: 'more', key: 'more', more });
    }
    const anchor = this.#atEnd ? null : this.#anchor();
    this.#reconcile(wanted);
    this.#top(conversation, start);
    if (this.#atEnd) this.#toBottom();
    else if (anchor) this.#log.scrollTop += anchor.node.getBoundingClientRect().top - anchor.top;
    if (fresh && conversation.past) this.#toTarget(conversation.past.target);
    this.#button(conversation);
    this.#edges();
  }

  /** Whether what is new begins above the window, or so far up that it isn't here. */
  #begun(conversation, start) {
    const { items, firstId } = this.#shown;
    for (let at = start - 1; at >= 0; at -= 1) if (items[at].id !== undefined || conversation.isFresh(items[at])) return conversation.isFresh(items[at]);
    const more = conversation.past ? conversation.past.more : conversation.more;
    return conversation.freshAfter !== null && more && firstId > conversation.freshAfter + 1;
  }

  /** Leads to where what is new begins, until that was in sight. */
  #toFresh(conversation) {
    const line = this.#list.querySelector('.fresh');
    if (line && line.getBoundingClientRect().bottom > this.#log.getBoundingClientRect().top) conversation.freshSeen = true;
    const button = byId('to-fresh');
    button.hidden = conversation.freshAfter === null || conversation.freshSeen;
    const words = `↑ ${plural(conversation.freshCount, 'One new message', 'new messages')}`;
    if (button.textContent !== words) button.textContent = words;
  }

  #switch(conversation) {
    this.#shown = conversation?.shown ?? null;
    this.#end = null;
    this.#count = conversation?.past ? MOST : FIRST;
    this.#atEnd = !conversation?.past;
    this.#missed = 0;
    this.#nodes.clear();
    this.#opened.clear();
    this.#list.replaceChildren();
  }

  /** The first row in sight, which is to stay where it is. */
  #anchor() {
    const top = this.#log.getBoundingClientRect().top;
    const nodes = this.#list.children;
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (nodes[middle].getBoundingClientRect().bottom <= top) low = middle + 1;
      else high = middle;
    }
    const node = nodes[low];
    return node && { node, top: node.getBoundingClientRect().top };
  }

  #reconcile(wanted) {
    const kept = new Map();
    const focus = this.#focus();
    let place = this.#list.firstChild;
    for (const row of wanted) {
      const signature = this.#signature(row);
      let known = this.#nodes.get(row.key);
      if (!known || known.signature !== signature) known = { signature, node: this.#build(row) };
      kept.set(row.key, known);
      this.#nodes.delete(row.key);
      if (known.node === place) place = place.nextSibling;
      else this.#list.insertBefore(known.node, place);
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
    this.#nodes = kept;
    this.#refocus(focus);
  }

  /** Where in the list the keyboard is: {key, reaction}, or null. */
  #focus() {
    const node = document.activeElement;
    if (!this.#list.contains(node)) return null;
    const found = [...this.#nodes].find(([, known]) => known.node.contains(node));
    return found ? { key: found[0], node, reaction: node.dataset.reaction } : null;
  }

  /** A row that was built anew has the keyboard that the old one had. */
  #refocus(focus) {
    const buttons = this.#list.querySelectorAll('.dots');
    if (buttons.length && !this.#list.querySelector('.dots[tabindex="0"]')) buttons[buttons.length - 1].tabIndex = 0;
    if (!focus || focus.node.isConnected) return;
    const row = this.#nodes.get(focus.key)?.node;
    const chip = focus.reaction && [...(row?.querySelectorAll('.chip') ?? [])].find((one) => one.dataset.reaction === focus.reaction);
    const target = chip || row?.querySelector('.dots');
    if (target?.classList.contains('dots')) this.#rove(target);
    else target?.focus();
  }

  /** Of the messages' menus one is in the order of Tab; the arrows lead to the others. */
  #rove(button) {
    for (const other of this.#list.querySelectorAll('.dots[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  #key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.classList.contains('dots')) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const buttons = [...this.#list.querySelectorAll('.dots')];
    const next = buttons[buttons.indexOf(event.target) + step];
    if (next) this.#rove(next);
  }

  #signature(row) {
    if (row.kind === 'speech') {
      const answered = this.#answered(row.item);
      return [row.lead, row.item.mention, ...this.#chat.names, row.item.revision, answered?.uid, answered?.revision].join(' ');
    }
    if (row.kind === 'fold') return row.items.length;
    if (row.kind === 'outbox') return `${row.entry.state} ${row.joined}`;
    if (row.kind === 'more') return row.more;
    if (row.kind === 'day') return dayName(row.at);
    return row.item?.revision ?? '';
  }

  #build(row) {
    if (row.kind === 'speech') return this.#speech(row);
    if (row.kind === 'fold') return this.#fold(row);
    if (row.kind === 'outbox') return this.#outbox(row.entry, row.joined);
    if (row.kind === 'more') return el('li', { class: 'row note' }, `and ${plural(row.more, 'one more line', 'more lines')}`);
    if (row.kind === 'day') return el('li', { class: 'day' }, dayName(row.at));
    if (row.kind === 'fresh') return el('li', { class: 'fresh' }, 'New');
    const { kind, id, text, nick, at } = row.item;
    const words = kind === 'come' || kind === 'go' ? `${nick} ${text}` : text;
    return el('li', { class: kind === 'error' ? 'row note error' : 'row note', 'data-id': id }, stamp(at), el('span', {}, words));
  }

  #author(nick) {
    return el('button', { type: 'button', class: 'author', hue: hue(nick), onclick: () => this.#on.person(nick) }, nick);
  }

  /** What `item` answers, if it is here. */
  #answered(item) {
    const { active } = this.#chat;
    return item.answers ? (this.#shown.get(item.answers) ?? active?.timeline.get(item.answers)) : undefined;
  }

  #speech({ item, lead }) {
    const { nick, at, id } = item;
    const classes = ['row', lead && 'lead', item.mention && item.kind !== 'private' && 'mention', isAction(item) && 'action'];
    const row = el('li', { class: classes.filter(Boolean).join(' '), 'data-id': id });
    const words = parts(item, this.#answered(item), this.#chat.names, this.#on);
    if (!lead) {
      row.append(stamp(at), el('span', { class: 'visually-hidden' }, `${nick}: `), ...words);
      return row;
    }
    row.append(el('span', { class: 'face', hue: hue(nick), 'aria-hidden': 'true' }, nick[0]));
    const only = item.only ? el('span', { class: 'state' }, `to ${item.only} only`) : null;
    row.append(el('div', { class: 'head' }, this.#author(nick), stamp(at), ...(only ? [only] : [])), ...words);
    return row;
  }

  #fold({ items, key }) {
    const line = ({ nick, text }) => `${nick} ${text}`;
    const row = el('li', { class: 'row note' }, stamp(items[0].at));
    if (items.length === 1) {
      row.append(el('span', {}, line(items[0])));
      return row;
    }
    const list = el('ul', {}, ...items.slice(-100).map((item) => el('li', {}, `${clockTime(item.at)} ${line(item)}`)));
    const details = el('details', { open: this.#opened.has(key) }, el('summary', {}, foldWords(items)), list);
    details.addEventListener('toggle', () => (details.open ? this.#opened.add(key) : this.#opened.delete(key)));
    row.append(details);
    return row;
  }

  #outbox(entry, joined) {
    const { text, state, why } = entry;
    const row = el('li', { class: state === 'failed' ? 'row failed' : 'row pending' }, el('span', { class: 'text' }, text), ' ');
    if (state === 'failed') {
      row.append(
        el('span', { class: 'state' }, `Not sent: ${why} `),
        el('button', { type: 'button', class: 'author', onclick: () => this.#on.retry(entry) }, 'Try again'), ' ',
        el('button', { type: 'button', class: 'author', onclick: () => this.#on.forget(entry) }, 'Drop'),
      );
    } else {
      const words = state === 'sent' ? 'sending…' : joined ? 'waiting for its turn…' : 'waiting for the connection…';
      row.append(el('span', { class: 'state' }, words));
    }
    return row;
  }

  #top(conversation, start) {
    const more = start > 0 || (conversation.past ? conversation.past.more : conversation.more);
    let words = '';
    if (conversation.asking?.kind === 'before') words = 'Fetching older messages…';
    else if (!more && conversation.isRoom) words = `This is where ${conversation.name} begins.`;
    else if (!conversation.isRoom && !more) words = `What you write here reaches ${conversation.name} alone.`;
    const top = byId('log-top');
    if (top.textContent !== words) top.textContent = words;
  }

  #button(conversation) {
    this.#toFresh(conversation);
    const button = byId('to-end');
    button.hidden = this.atEnd;
    const news = this.#missed || conversation.unread;
    const words = conversation.past ? 'Back to now ↓' : news ? `${plural(news, 'One new message', 'new messages')} ↓` : 'Latest ↓';
    if (button.textContent !== words) button.textContent = words;
  }

  #toTarget(id) {
    const node = this.#list.querySelector(`[data-id="${Number(id)}"]`);
    if (!node) return;
    node.scrollIntoView({ block: 'center' });
    node.classList.add('found');
  }

  /** Show the message `id` if it is here; false when it has to be fetched. */
  jump(id) {
    const conversation = this.#chat.active;
    const item = conversation?.timeline.get(id);
    if (!item || conversation.past) return false;
    const items = conversation.timeline.items;
    this.#shown = conversation.timeline;
    this.#end = items[Math.min(items.length - 1, items.indexOf(item) + STEP)];
    this.#count = 2 * STEP;
    this.#atEnd = false;
    this.#draw();
    this.#toTarget(id);
    return true;
  }

  #scrolled() {
    const log = this.#log;
    const left = log.scrollHeight - log.scrollTop - log.clientHeight;
    const conversation = this.#chat.active;
    if (!conversation) return;
    this.#atEnd = left < AT_END && !this.#end && !conversation.past;
    if (this.#atEnd) {
      this.#missed = 0;
      this.#on.seen();
    } else if (!this.#end && left > EDGE / 2) {
      // What comes now is below; the window stays where one reads.
      this.#end = this.#shown.items.at(-1) ?? null;
    }
    this.#button(conversation);
    this.#edges();
  }

  /** Widen the window where one comes near its edge; fetch what isn't here. */
  #edges() {
    const log = this.#log;
    const items = this.#shown.items;
    const [start, end] = this.#bounds();
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    if (log.scrollTop < EDGE) {
      if (start > 0) this.#upwards(items, start, end);
      else this.#on.older();
    } else if (below < EDGE && this.#end) {
      const next = Math.min(items.length, end + STEP);
      this.#end = next === items.length ? null : items[next - 1];
      this.#count = Math.min(MOST, this.#count + next - end);
      this.draw();
    } else if (below < EDGE && this.#chat.active.past) {
      this.#on.newer();
    }
  }

  #upwards(items, start, end) {
    const more = Math.min(STEP, start);
    if (this.#count + more > MOST && !this.#atEnd) this.#end = items[end - 1 - more];
    else this.#count += more;
    if (!(this.#atEnd && this.#count > MOST)) this.draw();
  }
}
