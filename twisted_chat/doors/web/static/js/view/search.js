// Searching what was said, and going to the place.

import { byId, el } from '../dom.js';
import { fold } from '../names.js';
import { fullTime } from '../times.js';

/** `text` with the searched words marked. */
function marked(text, words) {
  const wanted = words.map(fold).filter(Boolean);
  const folded = fold(text);
  const nodes = [];
  let done = 0;
  while (done < text.length) {
    const hits = wanted.map((word) => [folded.indexOf(word, done), word.length]).filter(([at]) => at >= 0);
    if (!hits.length || folded.length !== text.length) break;
    const [at, length] = hits.reduce((one, other) => (other[0] < one[0] ? other : one));
    nodes.push(text.slice(done, at), el('mark', {}, text.slice(at, at + length)));
    done = at + length;
  }
  return [...nodes, text.slice(done)];
}

export class Search {
  #app;
  #next = null;
  #asked = '';
  #dialog = byId('search');

  constructor(app) {
    this.#app = app;
    this.#dialog.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask();
    });
    byId('search-more').addEventListener('click', () => this.#send({ before: this.#next }));
  }

  open(words = '') {
    if (!this.#dialog.open) this.#dialog.showModal();
    const field = byId('search-words');
    if (words) field.value = words;
    field.focus();
    field.select();
    if (words) this.#ask();
  }

  #ask() {
    const words = byId('search-words').value.trim();
    if (!words) return;
    this.#asked = words;
    byId('search-results').replaceChildren();
    byId('search-more').hidden = true;
    const sent = this.#send({});
    byId('search-state').textContent = sent ? 'Searching…' : 'There is no connection at the moment.';
  }

  #send(page) {
    const words = this.#asked;
    return this.#app.session.send('search', { words, ...page }, {
      answer: (event) => words === this.#asked && this.#found(event),
      refused: ({ text }) => this.#failed(text),
    });
  }

  #found({ messages, more, next }) {
    const list = byId('search-results');
    list.append(...messages.map((message) => this.#result(message)));
    this.#next = more ? next : null;
    byId('search-more').hidden = !this.#next;
    const count = list.children.length;
    byId('search-state').textContent = count ? `${count}${this.#next ? ' and more' : ''} found, the newest first` : 'Nothing was found.';
    return true;
  }

  /** The server refuses the search. */
  #failed(text) {
    if (this.#dialog.open) byId('search-state').textContent = text;
    return this.#dialog.open;
  }

  #result(message) {
    const { room, with: others, nick, topic, text, at } = message;
    const go = () => {
      this.#dialog.close();
      this.#app.goTo(message);
    };
    const words = this.#asked.split(/\s+/);
    return el('li', {}, el(
      'button',
      { type: 'button', onclick: go },
      el('small', {}, `${room ?? `${others} (in private)`} · ${fullTime(Date.parse(at))}`),
      el('br'),
      el('strong', {}, nick),
      topic ? ' set the topic: ' : ' ',
      ...marked(topic ?? text, words),
    ));
  }
}
