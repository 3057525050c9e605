// Asks again who is in the open room when people came and went without being named.

const QUIET = 1500;
const PAUSE = 15_000;

export class Census {
  #chat;
  #ask;
  #asked = -Infinity;
  #timer = 0;

  /** `ask(room)` asks the server who is there. */
  constructor(chat, ask) {
    this.#chat = chat;
    this.#ask = ask;
  }

  /** Ask soon, but not often, if there is a doubt. */
  plan() {
    if (this.#timer || !this.#chat.active?.doubtful) return;
    const delay = Math.max(QUIET, this.#asked + PAUSE - performance.now());
    this.#timer = setTimeout(() => this.#look(), delay);
  }

  #look() {
    this.#timer = 0;
    const room = this.#chat.active;
    if (!room?.doubtful || !room.joined) return;
    room.doubtful = false;
    this.#asked = performance.now();
    this.#ask(room);
  }
}
