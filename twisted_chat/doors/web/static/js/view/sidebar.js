// The list of conversations, and who one is.

import { byId, eachFrame, el } from '../dom.js';
import { LOBBY } from '../chat.js';
import { hue } from '../names.js';

export class SidebarView {
  #chat;
  #on;
  #nodes = new Map();

  /** `on`: {show(conversation), leave(conversation)}. */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.draw = eachFrame(() => this.#draw());
  }

  #draw() {
    const chat = this.#chat;
    this.#fill(byId('rooms'), chat.roomsHere());
    this.#fill(byId('privates'), chat.privates());
    byId('no-privates').hidden = chat.privates().length > 0;
    byId('server-name').textContent = chat.serverName || 'twisted-chat';
    byId('menu-dot').hidden = !chat.list().some((one) => one !== chat.active && one.unread);
    this.#me();
  }

  #fill(list, conversations) {
    const nodes = conversations.map((one) => this.#row(one));
    const same = nodes.length === list.children.length && nodes.every((node, at) => node === list.children[at]);
    if (!same) {
      const focused = document.activeElement;
      list.replaceChildren(...nodes);
      if (list.contains(focused)) focused.focus();
    }
  }

  #row(conversation) {
    let node = this.#nodes.get(conversation);
    if (!node) {
      node = this.#build(conversation);
      this.#nodes.set(conversation, node);
    }
    const button = node.querySelector('.conversation');
    const current = conversation === this.#chat.active;
    const { unread, mentioned, name } = conversation;
    if (current) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
    button.classList.toggle('unread', unread > 0);
    node.querySelector('.name').textContent = name;
    button.title = name;
    button.classList.toggle('outside', Boolean(conversation.outside));
    node.querySelector('.leave')?.setAttribute('aria-label', `${conversation.isRoom ? 'Leave' : 'Close'} ${name}`);
    const badge = node.querySelector('.badge');
    badge.hidden = !unread;
    badge.classList.toggle('mention', mentioned);
    badge.textContent = unread > 99 ? '99+' : unread;
    node.querySelector('.spoken').textContent = unread ? `, ${unread} unread${mentioned ? ', you are mentioned' : ''}` : '';
    return node;
  }

  #build(conversation) {
    const face = conversation.isRoom ? null
      : el('span', { class: 'face', hue: hue(conversation.name), 'aria-hidden': 'true' }, conversation.to.length > 1 ? conversation.to.length : conversation.name[0]);
    const button = el(
      'button',
      { type: 'button', class: 'conversation', onclick: () => this.#on.show(conversation) },
      face,
      el('span', { class: 'name' }),
      el('span', { class: 'visually-hidden spoken' }),
      el('span', { class: 'badge', 'aria-hidden': 'true' }),
    );
    const node = el('li', {}, button);
    if (conversation.key !== LOBBY) {
      node.append(el('button', { type: 'button', class: 'icon leave', onclick: () => this.#on.leave(conversation) }, '×'));
    }
    return node;
  }

  #me() {
    const { me, away, account } = this.#chat;
    const face = byId('me-face');
    face.textContent = me[0] ?? '';
    face.style.setProperty('--hue', hue(me));
    byId('me-nick').textContent = me;
    byId('me-state').textContent = away ? `Away: ${away}` : account ? 'Logged in' : 'Guest';
  }
}
