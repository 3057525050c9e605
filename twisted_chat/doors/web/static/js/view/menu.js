// The menu of a message: answer, react, copy, edit, delete.

import { byId, el } from '../dom.js';
import { EMOJI } from '../emoji.js';
import { brief, reacted } from './message.js';

const QUICK = ['👍', '❤️', '😂', '🎉', '👀', '🙏'];
const GAP = 8;

/** Put `text` where it can be pasted; pages without TLS have the old way only. */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = el('textarea', { value: text, class: 'visually-hidden', readOnly: true });
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('refused');
}

export class Menu {
  #chat;
  #on;
  #dialog = byId('message-menu');
  #item = null;
  #certain = false; // Delete was pressed once

  /** `on`: {answer(item), react(item, reaction, on), edit(item), remove(item), told(text)}. */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.#button('menu-answer', () => on.answer(this.#item));
    this.#button('menu-edit', () => on.edit(this.#item));
    this.#button('menu-copy', () => this.#copy());
    byId('menu-delete').addEventListener('click', () => this.#remove());
    byId('menu-all').addEventListener('click', () => this.#reactions(EMOJI.map(([char]) => char)));
    this.#dialog.addEventListener('keydown', (event) => this.#key(event));
  }

  #button(id, act) {
    byId(id).addEventListener('click', () => {
      this.#dialog.close();
      act();
    });
  }

  /** Open the menu of `item` beside `button`. */
  open(item, button) {
    const { answer, react, edit, remove } = this.#chat.rights(this.#chat.active, item);
    this.#item = item;
    this.#certain = false;
    byId('menu-title').textContent = brief(item);
    byId('menu-answer').hidden = !answer;
    byId('menu-edit').hidden = !edit;
    byId('menu-delete').hidden = !remove;
    byId('menu-delete').textContent = 'Delete';
    byId('menu-react').hidden = !react;
    this.#reactions(QUICK);
    byId('menu-all').hidden = false;
    this.#dialog.showModal();
    this.#place(button.getBoundingClientRect());
  }

  #place({ right, bottom, top }) {
    const { offsetWidth: width, offsetHeight: height } = this.#dialog;
    const x = Math.max(GAP, Math.min(right - width, innerWidth - width - GAP));
    const y = bottom + height + GAP < innerHeight ? bottom : Math.max(GAP, top - height);
    this.#dialog.style.setProperty('--x', `${x}px`);
    this.#dialog.style.setProperty('--y', `${y}px`);
  }

  #reactions(emoji) {
    const names = new Map(EMOJI.map(([char, words]) => [char, words.split(' ')[0].replace(/_/g, ' ')]));
    byId('menu-all').hidden = true;
    byId('menu-emoji').replaceChildren(...emoji.map((char) => {
      const mine = reacted(this.#item, char, this.#chat.me);
      const react = () => {
        this.#dialog.close();
        this.#on.react(this.#item, char, !mine);
      };
      return el('button', { type: 'button', 'aria-label': names.get(char), 'aria-pressed': String(mine), onclick: react }, char);
    }));
    if (emoji !== QUICK) byId('menu-emoji').firstChild.focus();
  }

  /** What can't be taken back is asked for twice. */
  #remove() {
    if (!this.#certain) {
      this.#certain = true;
      byId('menu-delete').textContent = 'Delete it for everyone';
      return;
    }
    this.#dialog.close();
    this.#on.remove(this.#item);
  }

  async #copy() {
    try {
      await copy(this.#item.text);
      this.#on.told('Copied');
    } catch {
      this.#on.told('The browser does not let this page copy');
    }
  }

  #key(event) {
    const forward = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!forward) return;
    event.preventDefault();
    const buttons = [...this.#dialog.querySelectorAll('button')].filter((one) => one.offsetParent);
    const at = buttons.indexOf(document.activeElement);
    buttons[(at + forward + buttons.length) % buttons.length].focus();
  }
}
