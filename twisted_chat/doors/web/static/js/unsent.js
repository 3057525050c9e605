// Messages that the server has not shown back outlive a reload, in this tab of the browser only.

import { loadTab, saveTab } from './memory.js';

const NAME = 'unsent';
const MOST = 200;
const RELOADED = 'the page was loaded anew, and it is not certain that this arrived';

const unsent = new Map(loadTab(NAME, []).map((one) => [one.key, one]));

/** Keep what waits in `conversation`, as written by `nick`. */
export function keepUnsent({ key, to, outbox }, nick) {
  if (!outbox.length && !unsent.has(key)) return;
  const entries = outbox.slice(-MOST).map(({ kind, text, answers, state, why }) => ({ kind, text, answers, state, why }));
  if (entries.length) unsent.set(key, { key, to, nick, entries });
  else unsent.delete(key);
  saveTab(NAME, [...unsent.values()]);
}

/** The conversation that had the key `old` has another one. */
export function moveUnsent(old, conversation, nick) {
  if (unsent.delete(old)) keepUnsent(conversation, nick);
}

/** What waited in the conversation `key`: nobody says what somebody else wrote. */
export function unsentOf(key, nick) {
  const kept = unsent.get(key);
  return (kept?.entries ?? []).map((entry) => {
    if (entry.state === 'failed') return entry;
    if (entry.state === 'waiting' && kept.nick === nick) return entry;
    return { ...entry, state: 'failed', why: entry.state === 'waiting' ? `it was written as ${kept.nick}` : RELOADED };
  });
}

/** With whom it is in private: lists of nicks. */
export const unsentInPrivate = () => [...unsent.values()].map(({ to }) => to).filter((to) => to?.length);
