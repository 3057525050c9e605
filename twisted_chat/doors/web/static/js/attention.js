// Calling somebody back to the page: title, notification, screen reader.

import { byId } from './dom.js';
import { memory } from './memory.js';

const READ_EVERY = 2500;
const MAX_READ = 3;

/** Whether somebody looks at the page. */
export const attended = () => !document.hidden && document.hasFocus();

/** The page's title: what calls, where one is. */
export function showTitle(chat) {
  const calls = chat.list().reduce((sum, one) => sum + (one.mentioned ? 1 : 0), 0);
  const unread = chat.list().some((one) => one.unread);
  const where = chat.active ? `${chat.active.name} · ` : '';
  const name = chat.serverName || 'twisted-chat';
  document.title = `${calls ? `(${calls}) ` : unread ? '• ' : ''}${where}${name}`;
}

/** A desktop notification, if they were asked for. */
export function notify(conversation, item, open) {
  if (!memory.notify || attended() || !('Notification' in window) || Notification.permission !== 'granted') return;
  const title = conversation.isRoom ? `${item.nick} in ${conversation.name}` : conversation.to.length > 1 ? `${item.nick} (${conversation.name})` : item.nick;
  try {
    const note = new Notification(title, { body: item.text.slice(0, 200), tag: conversation.key, icon: '/icon.svg' });
    note.onclick = () => {
      window.focus();
      open();
      note.close();
    };
  } catch {
    // Some phones allow notifications to service workers only.
  }
}

/** Reads new messages of the open conversation aloud, a few at a time. */
export class Announcer {
  #waiting = [];
  #timer = 0;

  said(conversation, item) {
    this.#waiting.push([conversation, item]);
    this.#timer ||= setTimeout(() => this.#read(), this.#waiting.length === 1 ? 300 : READ_EVERY);
  }

  #read() {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#timer = 0;
    const place = byId('announcer');
    if (waiting.length > MAX_READ) {
      place.textContent = `${waiting.length} new messages in ${waiting.at(-1)[0].name}`;
    } else {
      place.textContent = waiting.map(([, item]) => `${item.nick}: ${item.text}`).join('. ');
    }
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#waiting.length) this.#read();
    }, READ_EVERY);
  }
}
