// The first thing that is seen: who comes in.

import { byId } from '../dom.js';
import { memory } from '../memory.js';

export class Enter {
  #dialog = byId('enter');

  /** `on`: {enter({nick, password, door, stay})}. */
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
        stay: byId('enter-stay').checked,
      });
    });
  }

  /** `about`: what `text` is about: 'nick', 'password' or 'door'. */
  open(text = '', about = 'nick') {
    if (!this.#dialog.open) this.#dialog.showModal();
    const nick = byId('enter-nick');
    nick.value ||= memory.nick ?? '';
    byId('enter-account').open = Boolean(memory.account);
    this.say(text);
    this.#field(about).focus();
  }

  #field(about) {
    const door = byId('enter-door-password');
    const wanted = !byId('enter-door').hidden && (about === 'door' || !door.value);
    if (wanted) return door;
    return byId(about === 'password' ? 'enter-password' : 'enter-nick');
  }

  /** The server has a password. */
  askDoor() {
    byId('enter-door').hidden = false;
  }

  say(text) {
    byId('enter-error').textContent = text;
  }

  close() {
    byId('enter-password').value = '';
    this.#dialog.close();
  }
}
