// Around the messages: title and topic, banner, drawers, toasts.

import { byId, el } from '../dom.js';

const TOAST = 6000;

export class Frame {
  #chat;

  constructor(chat) {
    this.#chat = chat;
    byId('menu-button').addEventListener('click', () => this.drawer('sidebar'));
    byId('people-button').addEventListener('click', () => this.drawer('people'));
    byId('shade').addEventListener('click', () => this.drawer(null));
    for (const button of document.querySelectorAll('[data-close]')) {
      button.addEventListener('click', () => this.drawer(null));
    }
  }

  draw() {
    const conversation = this.#chat.active;
    byId('title').textContent = conversation?.name ?? '';
    const topic = conversation?.topic ?? '';
    byId('topic').textContent = topic;
    byId('topic').title = topic;
    document.querySelector('.app').classList.toggle('alone', !conversation?.isRoom);
  }

  /** Open one of the drawers of a narrow page, or close both. */
  drawer(id) {
    for (const [name, button] of [['sidebar', 'menu-button'], ['people', 'people-button']]) {
      const open = name === id;
      const was = byId(name).classList.toggle('open', open);
      byId(button).setAttribute('aria-expanded', String(was));
    }
    byId('shade').hidden = !id;
    if (id) byId(id).querySelector('[data-close]').focus();
  }

  get drawerOpen() {
    return !byId('shade').hidden;
  }

  /** A line above the messages, as long as something isn't as it should be. */
  banner(text, action = '', act = null) {
    const banner = byId('banner');
    banner.hidden = !text;
    banner.replaceChildren(el('span', {}, text));
    if (action) banner.append(el('button', { type: 'button', onclick: act }, action));
  }

  toast(text) {
    const toast = el('div', { class: 'toast' }, text);
    byId('toasts').append(toast);
    setTimeout(() => toast.remove(), TOAST);
  }
}
