// Messages that the server has not shown back outlive a reload, in this tab of the browser only.

const KEY = 'twisted-chat-unsent';
const MOST = 200;
const RELOADED = 'the page was loaded anew, and it is not certain that this arrived';

function load() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return new Map(Array.isArray(kept) ? kept.map((one) => [one.key, one]) : []);
  } catch {
    return new Map();
  }
}

const unsent = load();
let ended = false; // one has left the chat

function save() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...unsent.values()]));
  } catch {
    // Private windows and full disks.
  }
}

/** Keep what waits in `conversation`, as written by `nick`. */
export function keepUnsent({ key, to, outbox }, nick) {
  if (ended || (!outbox.length && !unsent.has(key))) return;
  const entries = outbox.slice(-MOST).map(({ kind, text, answers, state, why }) => ({ kind, text, answers, state, why }));
  if (entries.length) unsent.set(key, { key, to, nick, entries });
  else unsent.delete(key);
  save();
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

export function forgetUnsent() {
  ended = true;
  unsent.clear();
  save();
}
