// A line above the place to write: messages on their way, or why one can't write.

import { byId, eachFrame, el } from '../dom.js';

const FEW = 3;

export class StatusView {
  #chat;
  #on;

  /** `on`: {left(conversation), cancel(conversation), enter(conversation), close(conversation)}. */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.draw = eachFrame(() => this.#draw());
  }

  #draw() {
    const one = this.#chat.active;
    const left = one ? this.#on.left(one) : 0;
    if (one?.outside) {
      this.#show(`${one.outside}.`, [['Enter again', () => this.#on.enter(one)], ['Close', () => this.#on.close(one)]]);
    } else if (left >= FEW) {
      const words = one.joined ? `Sending: ${one.queued - left} of ${one.queued} messages are said` : `${left} messages wait for the connection`;
      this.#show(words, [["Don't send the rest", () => this.#on.cancel(one)]]);
    } else {
      this.#show('', []);
    }
  }

  #show(text, buttons) {
    const status = byId('status');
    status.hidden = !text;
    let words = status.firstChild;
    if (!words) {
      words = el('span');
      status.append(words);
    }
    if (words.textContent !== text) words.textContent = text;
    const known = [...status.querySelectorAll('button')].map((button) => button.textContent);
    if (known.join() === buttons.map(([label]) => label).join() && this.#chat.active === this.#shown) return;
    this.#shown = this.#chat.active;
    status.replaceChildren(words, ...buttons.map(([label, act]) => el('button', { type: 'button', onclick: act }, label)));
  }

  #shown = null;
}
