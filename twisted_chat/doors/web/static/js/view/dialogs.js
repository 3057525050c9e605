// The dialogs: a room to join, a person, oneself, help.

import { LISTED } from '../commands.js';
import { byId, el } from '../dom.js';
import { about } from '../incoming.js';
import { fold, hue, roomName } from '../names.js';
import { memory, remember } from '../memory.js';
import { stays } from '../staying.js';

const KEYS = [
  ['Enter', 'send; Shift+Enter begins a new line'],
  ['Tab', 'complete a nick, a #room or a /command'],
  ['↑', 'what you typed before'],
  ['Alt+↑ Alt+↓', 'the conversation above, below'],
  ['Alt+Shift+↓', 'the next conversation with unread messages'],
  ['Ctrl+K', 'search'],
  ['Esc', 'close what is open, then back to the latest message'],
];

export class Dialogs {
  #app;
  #person = '';

  constructor(app) {
    this.#app = app;
    for (const dialog of document.querySelectorAll('dialog')) {
      dialog.querySelector('[data-cancel]')?.addEventListener('click', () => dialog.close());
      dialog.addEventListener('click', (event) => {
        if (event.target === dialog && dialog.id !== 'enter') dialog.close();
      });
    }
    this.#submit('join', (event) => {
      event.preventDefault();
      this.#enterRoom(byId('join-name').value.trim());
    });
    byId('join-name').addEventListener('input', () => this.#joinFailed(''));
    this.#submit('settings', () => this.#save());
    this.#submit('login', (event) => {
      event.preventDefault();
      byId('login-error').textContent = '';
      const stay = byId('login-stay').checked;
      app.session.signIn.logIn(byId('login-password').value, stay, ({ text }) => this.#loginFailed(text));
    });
    byId('settings-register').addEventListener('toggle', () => this.#offerToStay());
    byId('settings-leave').addEventListener('click', () => {
      byId('settings').close();
      app.leave();
    });
    byId('settings-notify').addEventListener('change', (event) => this.#askNotify(event.target));
    byId('person-write').addEventListener('click', () => this.#act((nick) => app.session.writeTo([nick])));
    byId('person-mention').addEventListener('click', () => this.#act((nick) => app.composer.insert(`${nick} `)));
    byId('person-ignore').addEventListener('click', () => this.#ignore());
    this.#fillHelp();
  }

  #submit(id, act) {
    byId(id).querySelector('form').addEventListener('submit', act);
  }

  #open(id) {
    const dialog = byId(id);
    if (!dialog.open) dialog.showModal();
  }

  // Rooms

  join() {
    byId('join-name').value = '';
    this.#joinFailed('');
    this.#app.session.send('rooms');
    this.rooms();
    this.#open('join');
  }

  /** The dialog stays until one is in, and says why one isn't. */
  #enterRoom(name) {
    if (!name) return;
    try {
      this.#app.session.join(name, '', ({ text }) => this.#joinFailed(text));
    } catch (error) {
      this.#joinFailed(error.message);
      return;
    }
    if (this.#app.chat.get(roomName(name))?.joined) byId('join').close();
  }

  #joinFailed(text) {
    byId('join-error').textContent = text;
    return byId('join').open;
  }

  /** One has come into a room. */
  joined() {
    byId('join').close();
  }

  /** The server's list of rooms has come. */
  rooms() {
    const { chat } = this.#app;
    const rows = chat.rooms.map(({ room, people, topic }) => el(
      'li',
      {},
      el(
        'button',
        {
          type: 'button',
          onclick: () => this.#enterRoom(room),
        },
        el('strong', {}, room),
        ` · ${people} here`,
        topic ? el('br') : null,
        topic ? el('small', {}, topic) : null,
      ),
    ));
    byId('join-rooms').replaceChildren(...rows);
  }

  // A person

  person(nick) {
    const { chat, session } = this.#app;
    this.#person = nick;
    const me = chat.isMe(nick);
    byId('person-nick').textContent = nick;
    byId('person-face').textContent = nick[0];
    byId('person-face').style.setProperty('--hue', hue(nick));
    byId('person-about').textContent = me ? 'That is you.' : 'Asking…';
    for (const id of ['person-write', 'person-mention', 'person-ignore']) byId(id).hidden = me;
    byId('person-ignore').textContent = chat.ignored.has(fold(nick)) ? 'Hear again' : 'Ignore';
    this.#open('person');
    if (me) return;
    session.send('whois', { nick }, {
      answer: (event) => this.#about(nick, about(event)),
      refused: ({ text }) => this.#about(nick, text),
    });
  }

  #about(nick, words) {
    if (this.#person === nick) byId('person-about').textContent = words;
    return true;
  }

  #act(act) {
    byId('person').close();
    act(this.#person);
    this.#app.composer.focus();
  }

  #ignore() {
    const { chat, session } = this.#app;
    const key = fold(this.#person);
    const again = chat.ignored.delete(key);
    if (!again) chat.ignored.add(key);
    session.send(again ? 'unignore' : 'ignore', { nick: this.#person }, { conversation: chat.active });
    byId('person').close();
  }

  // Oneself

  /** The nick belongs to an account. */
  login(text) {
    byId('login-hint').textContent = text;
    byId('login-nick').value = this.#app.chat.me;
    byId('login-error').textContent = '';
    byId('login-password').value = '';
    this.#open('login');
  }

  #loginFailed(text) {
    byId('login-error').textContent = text;
    return byId('login').open;
  }

  loggedIn() {
    byId('login-password').value = '';
    byId('login').close();
  }

  settings() {
    const { chat } = this.#app;
    byId('settings-nick').value = chat.me;
    byId('settings-away').value = chat.away;
    byId('settings-theme').value = memory.theme ?? '';
    byId('settings-notify').checked = Boolean(memory.notify);
    byId('settings-notify-hint').textContent = '';
    byId('settings-password').value = '';
    byId('settings-account').textContent = chat.account ? `Logged in as ${chat.account}.` : 'You are a guest: whoever comes while you are away may take your nick.';
    byId('settings-register').hidden = Boolean(chat.account);
    byId('settings-register').open = false;
    byId('settings-stay').checked = Boolean(stays());
    byId('settings-leave').textContent = chat.account ? 'Log out' : 'Leave the chat';
    this.#offerToStay();
    this.#open('settings');
  }

  #offerToStay() {
    byId('settings-stays').hidden = !this.#app.chat.account && !byId('settings-register').open;
  }

  #stay(registering) {
    const { chat, session } = this.#app;
    const stay = byId('settings-stay').checked;
    if (registering) session.signIn.who.stay = stay;
    else if (!chat.account || stay === Boolean(stays())) return;
    else if (stay) session.signIn.stay();
    else session.signIn.leave();
  }

  #save() {
    const { chat, session } = this.#app;
    const nick = byId('settings-nick').value.trim();
    const away = byId('settings-away').value.trim();
    const password = byId('settings-password').value;
    const here = { conversation: chat.active };
    if (nick && nick !== chat.me) session.send('nick', { nick }, here);
    if (away !== chat.away) session.send('away', { text: away }, here);
    this.#stay(Boolean(password));
    if (password) session.signIn.register(password, here);
    remember({ theme: byId('settings-theme').value });
    this.#app.applyTheme();
  }

  /** Browsers show their question only when a person has asked for it. */
  async #askNotify(box) {
    const hint = byId('settings-notify-hint');
    hint.textContent = '';
    if (box.checked && !('Notification' in window)) {
      box.checked = false;
      hint.textContent = 'This browser has no notifications here.';
    } else if (box.checked && (await Notification.requestPermission()) !== 'granted') {
      box.checked = false;
      hint.textContent = 'The browser does not allow notifications for this page.';
    }
    remember({ notify: box.checked });
  }

  // Help

  help() {
    this.#open('help');
  }

  #fillHelp() {
    const pairs = (list) => list.flatMap(([term, words]) => [el('dt', {}, term), el('dd', {}, words)]);
    byId('help-keys').append(...pairs(KEYS));
    byId('help-commands').append(...pairs(LISTED.map(([, { usage, help }]) => [usage, help])));
  }

  search(words) {
    this.#app.search.open(words);
  }
}
