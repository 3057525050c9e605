// The first thing that is seen: who comes in.

import { byId } from '../dom.js';
import { memory } from '../memory.js';

const WRONG_PASSWORD = 464;

export class Enter {
  #dialog = byId('enter');

  /** `on`: {enter({nick, password, door})}. */
  constructor(on) {
    // Escape has nowhere to lead here.
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
    this.#dialog.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.say('');
      on.enter({
        nick: byId('enter-nick').value.trim(),
        password: byId('enter-password').value,
        door: byId('enter-door-password').value,
      });
    });
  }

  open(text = '', code = 0) {
    if (!this.#dialog.open) this.#dialog.showModal();
    const nick = byId('enter-nick');
    nick.value ||= memory.nick ?? '';
    byId('enter-account').open = Boolean(memory.account);
    if (code === WRONG_PASSWORD && /server/.test(text)) byId('enter-door').hidden = false;
    this.say(text);
    (code === WRONG_PASSWORD ? this.#passwordField() : nick).focus();
  }

  #passwordField() {
    return byId('enter-door').hidden ? byId('enter-password') : byId('enter-door-password');
  }

  say(text) {
    byId('enter-error').textContent = text;
  }

  close() {
    byId('enter-password').value = '';
    this.#dialog.close();
  }
}
