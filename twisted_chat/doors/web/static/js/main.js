// Puts the parts together.

import { Announcer, attended, notify, showTitle } from './attention.js';
import { Chat } from './chat.js';
import { addressed, run } from './commands.js';
import { byId } from './dom.js';
import { keepDraft } from './drafts.js';
import { farewell, forget, memory, remember } from './memory.js';
import { fold, keyOf } from './names.js';
import { Session } from './session.js';
import { endStaying, stays } from './staying.js';
import { Composer } from './view/composer.js';
import { Dialogs } from './view/dialogs.js';
import { Enter } from './view/enter.js';
import { Frame } from './view/frame.js';
import { Menu } from './view/menu.js';
import { MessagesView } from './view/messages.js';
import { PeopleView } from './view/people.js';
import { Search } from './view/search.js';
import { SidebarView } from './view/sidebar.js';
import { StatusView } from './view/status.js';

class App {
  #shown = null;
  #tabs = new BroadcastChannel('twisted-chat');

  constructor() {
    this.applyTheme();
    const chat = new Chat();
    this.chat = chat;
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.session = new Session(chat, url.href, {
      state: (name, seconds) => this.#state(name, seconds),
      inside: (nick) => this.#inside(nick),
      outside: (text, about) => this.#outside(text, about),
      door: () => this.enter.askDoor(),
      expired: () => this.#expired(),
      rooms: (rooms) => remember({ rooms }),
      error: (text) => this.frame.toast(text),
      joined: () => this.dialogs.joined(),
      closed: (nicks) => memory.closed?.[keyOf(nicks)] ?? -1,
      close: ({ key, timeline }) => remember({ closed: { ...memory.closed, [key]: timeline.lastId } }),
      claimed: (text) => this.dialogs.login(text),
      account: () => {
        remember({ account: true });
        this.dialogs.loggedIn();
      },
    });
    this.frame = new Frame(chat);
    this.enter = new Enter({ enter: (who) => this.#enter(who) });
    this.dialogs = new Dialogs(this);
    this.search = new Search(this);
    this.composer = new Composer(chat, {
      say: (text, answers) => this.#say(text, answers),
      edit: (item, text) => this.#edit(chat.active, item, text),
      draft: keepDraft,
    });
    const react = (item, reaction, on) => this.session.react(chat.active, item, reaction, on);
    this.menu = new Menu(chat, {
      answer: (item) => this.composer.answer(item),
      react,
      edit: (item) => this.composer.edit(item),
      remove: (item) => this.session.delete(chat.active, item),
      told: (text) => this.frame.toast(text),
    });
    const person = (nick) => this.dialogs.person(nick);
    const { past, outbox } = this.session;
    this.messages = new MessagesView(chat, {
      older: () => past.older(chat.active),
      newer: () => past.newer(chat.active),
      now: () => past.toNow(chat.active),
      seen: () => this.#seen(),
      person,
      menu: (item, button) => this.menu.open(item, button),
      jump: (id) => this.#jump(chat.active, id),
      react,
      retry: (entry) => outbox.retry(chat.active, entry),
      forget: (entry) => outbox.forget(chat.active, entry),
    });
    this.sidebar = new SidebarView(chat, {
      show: (conversation) => this.show(conversation),
      leave: (conversation) => this.session.part(conversation),
    });
    this.people = new PeopleView(chat, { person });
    this.status = new StatusView(chat, {
      left: (conversation) => outbox.left(conversation),
      cancel: (conversation) => outbox.cancel(conversation),
      enter: (room) => this.session.join(room.name),
      close: (conversation) => this.session.part(conversation),
    });
    this.announcer = new Announcer();
    chat.attended = () => attended() && this.messages.atEnd;
    chat.onChange = (what, conversation) => this.#changed(what, conversation);
    chat.onAttention = (conversation, item) => {
      showTitle(chat);
      notify(conversation, item, () => this.show(conversation));
    };
    chat.onSaid = (conversation, item) => {
      if (conversation !== chat.active) return;
      this.messages.count();
      this.announcer.said(conversation, item);
    };
    this.#listen();
    this.#begin();
  }

  #listen() {
    byId('join-button').addEventListener('click', () => this.dialogs.join());
    byId('search-button').addEventListener('click', () => this.search.open());
    byId('help-button').addEventListener('click', () => this.dialogs.help());
    byId('me-button').addEventListener('click', () => this.dialogs.settings());
    this.#tabs.addEventListener('message', ({ data }) => this.#leftElsewhere(data));
    addEventListener('focus', () => this.#seen());
    addEventListener('beforeunload', (event) => {
      if (this.#unsent() && !this.session.leaving) event.preventDefault();
    });
    document.addEventListener('visibilitychange', () => this.#seen());
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Who was inside comes back without being asked. */
  #begin() {
    const { nick, inside, account, ending } = memory;
    const why = farewell();
    if (ending) endStaying();
    if (stays() || (nick && inside && !account)) this.#enter({ nick: nick ?? '', password: '', door: '' });
    else this.enter.open(why);
  }

  #enter(who) {
    if (!this.#shown) this.session.wanted = memory.active ?? '';
    const token = !who.password && who.nick === (memory.nick ?? '') ? stays() : '';
    const { account } = this.chat;
    if (account && fold(account) !== fold(token || (who.password && who.nick))) this.#empty();
    this.session.enter({ ...who, token }, memory.rooms ?? []);
    remember({ account: Boolean(token || who.password) });
  }

  /** Somebody else comes in here than was logged in: what that one saw isn't theirs to see. */
  #empty() {
    for (const conversation of this.chat.list()) this.session.part(conversation);
    this.chat.account = '';
    remember({ rooms: [], closed: {}, active: '' });
  }

  #inside(nick) {
    document.body.classList.remove('outside');
    remember({ nick, inside: true });
    if (byId('enter').open) {
      this.enter.close();
      this.composer.focus();
    }
  }

  #outside(text, about) {
    remember({ inside: false });
    this.enter.open(text, about);
  }

  /** Whether there are lines that would be lost with the page. */
  #unsent() {
    return this.chat.list().some((one) => this.session.outbox.left(one) > 0);
  }

  async leave() {
    if (this.#unsent() && !confirm('Some messages are not sent yet. Leave without sending them?')) return;
    const { account } = this.chat;
    this.session.leave();
    const ended = memory.stays || memory.ending ? this.session.signIn.leave() : null;
    if (account) this.#tabs.postMessage({ left: account });
    await ended;
    this.#forget();
  }

  /** Another tab has left, and this one is the same person's. */
  #leftElsewhere({ left }) {
    if (!left || left !== this.chat.account) return;
    this.session.leave();
    this.#forget(`${left} has left the chat in another tab`);
  }

  /** This browser is not logged in any more. */
  #expired() {
    const why = 'You are not logged in here any more.';
    remember({ stays: '', inside: false });
    if (!this.chat.conversations.size) {
      this.enter.open(why, 'password');
      return;
    }
    this.session.leave();
    this.#forget(why);
  }

  /** Nothing of whoever was here stays in the page, or in the browser. */
  #forget(why = '') {
    const { ending = false } = memory;
    forget(why);
    if (ending) remember({ ending });
    location.reload();
  }

  #state(name, seconds) {
    const texts = {
      connecting: 'Connecting…',
      lost: 'The connection is lost.',
      waiting: `The connection is lost; trying again in ${seconds} s. What you write now is sent then.`,
    };
    this.frame.banner(texts[name] ?? '', name === 'waiting' ? 'Try now' : '', () => this.session.link.hurry());
    if (byId('enter').open) this.enter.say(name === 'waiting' ? `The server does not answer; trying again in ${seconds} s.` : '');
  }

  /** What the server refuses is there to be mended. */
  #edit(conversation, item, text) {
    this.session.edit(conversation, item, text, () => {
      if (this.chat.active === conversation) this.composer.edit(item, text);
      return false;
    });
  }

  #say(typed, answers = 0) {
    const conversation = this.chat.active;
    if (!conversation) return;
    const text = addressed(typed);
    try {
      if (text.startsWith('/') && !text.startsWith('//')) run(this, text);
      else this.session.say(conversation, text.replace(/^\/\//, '/'), answers);
      this.messages.toEnd();
    } catch (error) {
      this.session.note(conversation, error.message, 'error');
      this.frame.toast(error.message);
    }
  }

  show(conversation) {
    this.chat.show(conversation);
    this.frame.drawer(null);
    this.composer.focus();
  }

  /** Show where `message` was said. */
  goTo(message) {
    const room = message.with === undefined ? this.chat.get(message.room) : this.session.writeTo(message.with.split(','));
    if (!room) {
      this.frame.toast(`You are not in ${message.room} any more`);
      return;
    }
    this.show(room);
    this.#jump(room, message.id);
  }

  #jump(conversation, id) {
    if (conversation.past) this.session.past.toNow(conversation);
    if (!this.messages.jump(id)) this.session.past.around(conversation, id);
  }

  #seen() {
    const { active } = this.chat;
    if (active && attended() && this.messages.atEnd) {
      if (active.read()) this.sidebar.draw();
      this.session.reading.seen(active);
    }
    showTitle(this.chat);
  }

  #changed(what, conversation) {
    if (what === 'messages') {
      if (conversation !== this.chat.active) return;
      this.composer.drawAbout();
      this.#drawLog();
      this.#seen();
    } else if (what === 'people') {
      if (conversation !== this.chat.active) return;
      this.people.draw();
      this.session.census.plan();
    } else if (what === 'rooms') {
      this.dialogs.rooms();
    } else if (what === 'active') {
      this.#activeChanged();
    } else {
      this.sidebar.draw();
      showTitle(this.chat);
    }
  }

  #activeChanged() {
    const { active } = this.chat;
    if (active?.isRoom && memory.active !== active.key) remember({ active: active.key });
    if (active !== this.#shown) {
      this.composer.switch(active);
      this.#shown = active;
      if (active && !active.isRoom && this.chat.account && !active.fetched) this.session.past.latest(active);
    }
    this.frame.draw();
    this.sidebar.draw();
    this.people.draw();
    this.#drawLog();
    this.session.census.plan();
    this.#seen();
  }

  /** The line below takes of the messages' place, so it comes first. */
  #drawLog() {
    this.status.draw();
    this.messages.draw();
  }

  #key(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (document.querySelector('dialog[open]')) return;
    if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') {
      event.preventDefault();
      this.search.open();
    } else if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
      event.preventDefault();
      this.#step(key === 'ArrowDown' ? 1 : -1, shiftKey);
    } else if (key === 'Escape') {
      if (this.frame.drawerOpen) this.frame.drawer(null);
      else this.messages.toEnd();
      this.composer.focus();
    } else if (key.length === 1 && !altKey && !ctrlKey && !metaKey && key !== ' ' && this.#idle()) {
      this.composer.focus();
    }
  }

  /** Whether what is typed now would go nowhere. */
  #idle() {
    const { activeElement } = document;
    return activeElement === document.body || activeElement === byId('log');
  }

  /** The conversation above or below. */
  #step(step, unreadOnly) {
    const all = [...this.chat.roomsHere(), ...this.chat.privates()];
    const at = all.indexOf(this.chat.active);
    for (let tried = 1; tried <= all.length; tried += 1) {
      const next = all[(at + step * tried + all.length * tried) % all.length];
      if (!unreadOnly || next.unread) {
        this.show(next);
        return;
      }
    }
  }

  applyTheme() {
    if (memory.theme) document.documentElement.dataset.theme = memory.theme;
    else delete document.documentElement.dataset.theme;
  }
}

new App();
