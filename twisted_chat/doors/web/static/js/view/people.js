// Who is in the open room.

import { byId, eachFrame, el } from '../dom.js';
import { fold, hue } from '../names.js';

export class PeopleView {
  #chat;
  #on;
  #nodes = new Map();

  /** `on`: {person(nick)}. */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.draw = eachFrame(() => this.#draw());
  }

  #draw() {
    const room = this.#chat.active;
    const people = [...(room?.people.values() ?? [])];
    people.sort((one, other) => Boolean(one.away) - Boolean(other.away) || (fold(one.nick) < fold(other.nick) ? -1 : 1));
    const count = room?.count ?? 0;
    byId('people-count').textContent = count || '';
    byId('people-button').setAttribute('aria-label', `People: ${count}`);
    byId('people-head').textContent = count ? `People · ${count}` : 'People';
    const kept = new Map();
    const nodes = people.map((person) => {
      const key = `${person.nick} ${person.rank} ${person.away}`;
      const node = this.#nodes.get(key) ?? this.#row(person);
      kept.set(key, node);
      return node;
    });
    this.#nodes = kept;
    if (room?.morePeople) nodes.push(el('li', { class: 'more' }, `and ${room.morePeople} more`));
    const list = byId('people-list');
    const focused = document.activeElement;
    const inside = list.contains(focused);
    list.replaceChildren(...nodes);
    if (inside && focused.isConnected) focused.focus();
  }

  #row({ nick, away, rank }) {
    return el(
      'li',
      { class: away ? 'away' : '' },
      el(
        'button',
        { type: 'button', title: away ? `Away: ${away}` : nick, onclick: () => this.#on.person(nick) },
        el('span', { class: 'face', hue: hue(nick), 'aria-hidden': 'true' }, nick[0]),
        el('span', { class: 'nick' }, nick),
        away || rank ? el('small', {}, away ? 'away' : rank) : null,
      ),
    );
  }
}
