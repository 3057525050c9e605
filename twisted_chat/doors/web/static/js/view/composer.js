// Where one writes: sending, what was typed before, suggestions, emoji.

import { isSecret } from '../commands.js';
import { suggestions } from '../complete.js';
import { byId, el } from '../dom.js';
import { EMOJI } from '../emoji.js';
import { warning } from '../measure.js';
import { brief } from './message.js';

const MAX_KEPT = 100;
// Who writes with a finger has no Shift: Enter begins a line there, and the button sends.
const FINGER = matchMedia('(hover: none) and (pointer: coarse)');

export class Composer {
  #chat;
  #on;
  #words = byId('words');
  #choices = byId('choices');
  #emoji = byId('emoji');
  #found = { start: 0, end: 0, list: [] };
  #chosen = 0;
  #cycling = null; // Tab was pressed: {list, at, start, end}
  #typed = [];
  #back = 0;
  #unsent = '';

  /** `on`: {say(text, answers), edit(item, text), draft(conversation)}. */
  constructor(chat, on) {
    this.#chat = chat;
    this.#on = on;
    this.#words.addEventListener('keydown', (event) => this.#key(event));
    this.#words.addEventListener('input', () => {
      this.#keep();
      this.#changed();
    });
    this.#words.addEventListener('blur', () => this.#offer([]));
    byId('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    byId('about-stop').addEventListener('click', () => this.#stopAbout());
    this.#words.enterKeyHint = FINGER.matches ? 'enter' : 'send';
    byId('emoji-button').addEventListener('click', () => this.#toggleEmoji());
    for (const [char, names] of EMOJI) {
      this.#emoji.append(el('button', { type: 'button', 'aria-label': names.split(' ')[0].replace(/_/g, ' '), onclick: () => this.#pick(char) }, char));
    }
    this.#emoji.addEventListener('keydown', (event) => event.key === 'Escape' && this.#toggleEmoji(false));
  }

  focus() {
    this.#words.focus();
  }

  /** Another conversation is open, with what was begun there. */
  switch(now) {
    this.#set(now?.editing ? now.edited : (now?.draft ?? ''));
    this.#back = 0;
    const whom = now?.isRoom ? now.name : now ? `${now.name} (in private)` : '';
    this.#words.placeholder = now ? `Write to ${whom}` : '';
    this.drawAbout();
  }

  /** What is written next answers `item`. */
  answer(item) {
    this.#stopAbout();
    this.#chat.active.answering = item.id;
    this.#on.draft(this.#chat.active);
    this.drawAbout();
    this.focus();
  }

  /** Have the own message `item` say something else; what was begun comes back afterwards. */
  edit(item, text = item.text) {
    const { active } = this.#chat;
    Object.assign(active, { answering: 0, editing: item, edited: text });
    this.#on.draft(active);
    this.#set(text);
    this.drawAbout();
    this.focus();
  }

  /** Write something new. */
  #stopAbout() {
    const { active } = this.#chat;
    if (active?.editing) this.#set(active.draft);
    if (active) {
      Object.assign(active, { answering: 0, editing: null, edited: '' });
      this.#on.draft(active);
    }
    this.drawAbout();
    this.focus();
  }

  /** Say what the words are about. */
  drawAbout() {
    const { active } = this.#chat;
    const { answering = 0, editing = null } = active ?? {};
    byId('about').hidden = !answering && !editing;
    const words = editing ? 'Editing your message' : answering ? `Answering ${brief(active.get(answering))}` : '';
    if (byId('about-words').textContent !== words) byId('about-words').textContent = words;
  }

  /** What is begun stays with its conversation. */
  #keep() {
    const { active } = this.#chat;
    if (!active) return;
    if (active.editing) {
      active.edited = this.#words.value;
      return;
    }
    active.draft = this.#words.value;
    this.#on.draft(active);
  }

  insert(text) {
    const words = this.#words;
    words.setRangeText(text, words.selectionStart, words.selectionEnd, 'end');
    words.focus();
    this.#keep();
    this.#changed();
  }

  #set(text) {
    this.#words.value = text;
    this.#words.setSelectionRange(text.length, text.length);
    this.#grow();
    this.#offer([]);
  }

  #grow() {
    const limit = byId('limit');
    const words = warning(this.#words.value, Boolean(this.#chat.active?.editing));
    if (limit.textContent !== words) limit.textContent = words;
    if (CSS.supports('field-sizing', 'content')) return;
    this.#words.style.height = 'auto';
    this.#words.style.height = `${this.#words.scrollHeight}px`;
  }

  #send() {
    const text = this.#words.value.trimEnd();
    if (!text) return;
    if (!isSecret(text) && this.#typed.at(-1) !== text) this.#typed.push(text);
    if (this.#typed.length > MAX_KEPT) this.#typed.shift();
    this.#back = 0;
    const { editing, answering } = this.#chat.active ?? {};
    if (editing) {
      this.#stopAbout();
      if (text !== editing.text) this.#on.edit(editing, text);
      return;
    }
    this.#set('');
    this.#keep();
    if (answering) this.#stopAbout();
    this.#on.say(text, answering);
    this.#words.focus();
  }

  #changed() {
    this.#cycling = null;
    this.#grow();
    const { value, selectionStart } = this.#words;
    this.#found = suggestions(this.#chat, value, selectionStart, false);
    this.#chosen = 0;
    this.#offer(this.#found.list);
  }

  #key(event) {
    if (event.isComposing) return;
    const offered = !this.#choices.hidden;
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === 'Tab' && !event.ctrlKey && !event.altKey && !event.metaKey) this.#tab(event, offered);
    else if (offered && event.key === 'Escape') this.#stop(event, () => this.#offer([]));
    else if (offered && plain && event.key === 'ArrowDown') this.#stop(event, () => this.#choose(1));
    else if (offered && plain && event.key === 'ArrowUp') this.#stop(event, () => this.#choose(-1));
    else if (event.key === 'Escape' && !byId('about').hidden) this.#stop(event, () => this.#stopAbout());
    else if (event.key === 'Enter' && plain && !(FINGER.matches && !offered)) this.#stop(event, () => this.#enter(offered));
    else if (plain && event.key === 'ArrowUp') this.#recall(event, 1);
    else if (plain && event.key === 'ArrowDown' && this.#back) this.#recall(event, -1);
  }

  #stop(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Enter takes a suggestion only when it says more than what is typed. */
  #enter(offered) {
    const choice = this.#found.list[this.#chosen];
    const typed = this.#words.value.slice(this.#found.start, this.#found.end);
    if (offered && choice && !choice.text.startsWith(typed + ' ') && choice.text.trim() !== typed) this.#take(choice);
    else this.#send();
  }

  #tab(event, offered) {
    if (offered && !event.shiftKey) {
      this.#stop(event, () => this.#take(this.#found.list[this.#chosen]));
      return;
    }
    if (!this.#cycling) {
      if (event.shiftKey) return;
      const { value, selectionStart } = this.#words;
      const { start, end, list } = suggestions(this.#chat, value, selectionStart, true);
      if (!list.length) {
        // Nothing to complete: Tab goes on, so nobody is caught here.
        return;
      }
      this.#cycling = { list, at: -1, start, end };
    }
    const cycling = this.#cycling;
    this.#stop(event, () => {
      const { list } = cycling;
      cycling.at = (cycling.at + (event.shiftKey ? -1 : 1) + list.length) % list.length;
      const { text } = list[cycling.at];
      this.#words.setRangeText(text, cycling.start, cycling.end, 'end');
      cycling.end = cycling.start + text.length;
      this.#keep();
      this.#grow();
    });
  }

  #take(choice) {
    if (!choice) return;
    this.#words.setRangeText(choice.text, this.#found.start, this.#found.end, 'end');
    this.#keep();
    this.#changed();
  }

  #choose(step) {
    const count = this.#found.list.length;
    this.#chosen = (this.#chosen + step + count) % count;
    this.#offer(this.#found.list);
  }

  #offer(list) {
    this.#choices.hidden = list.length === 0;
    this.#choices.replaceChildren(
      ...list.map(({ label, about }, at) => el(
        'li',
        {
          id: `choice-${at}`,
          role: 'option',
          'aria-selected': String(at === this.#chosen),
          onmousedown: (event) => this.#stop(event, () => this.#take(list[at])),
        },
        el('span', {}, label),
        about ? el('small', {}, about) : null,
      )),
    );
    if (list.length) this.#words.setAttribute('aria-activedescendant', `choice-${this.#chosen}`);
    else this.#words.removeAttribute('aria-activedescendant');
    this.#choices.children[this.#chosen]?.scrollIntoView({ block: 'nearest' });
  }

  /** What was typed before, from the first line upwards. */
  #recall(event, step) {
    const { value, selectionStart } = this.#words;
    const inFirst = !value.slice(0, selectionStart).includes('\n');
    if (step > 0 && (!inFirst || (value && !this.#back && selectionStart > 0))) return;
    const back = this.#back + step;
    if (back > this.#typed.length || back < 0) return;
    if (this.#back === 0) this.#unsent = value;
    this.#back = back;
    this.#stop(event, () => {
      this.#set(back ? this.#typed.at(-back) : this.#unsent);
      this.#keep();
    });
  }

  #toggleEmoji(open = this.#emoji.hidden) {
    this.#emoji.hidden = !open;
    byId('emoji-button').setAttribute('aria-expanded', String(open));
    if (open) this.#emoji.firstChild.focus();
    else this.#words.focus();
  }

  #pick(char) {
    this.#toggleEmoji(false);
    this.insert(char);
  }
}
