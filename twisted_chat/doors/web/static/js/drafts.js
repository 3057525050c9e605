// What is begun and not sent outlives a reload, in this tab of the browser only.

import { isSecret } from './commands.js';

const KEY = 'twisted-chat-drafts';
const LONGEST = 20_000;

function load() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    return new Map(Object.entries(kept && typeof kept === 'object' ? kept : {}));
  } catch {
    return new Map();
  }
}

const drafts = load();

function save() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(drafts)));
  } catch {
    // Private windows and full disks.
  }
}

/** Keep what is begun in `conversation`, but no password. */
export function keepDraft(conversation) {
  const { key, to, draft } = conversation;
  const kept = drafts.get(key)?.text ?? '';
  const text = isSecret(draft) || draft.length > LONGEST ? '' : draft;
  if (text === kept) return;
  if (text) drafts.set(key, { to, text });
  else drafts.delete(key);
  save();
}

/** The conversation that had the key `old` has another one. */
export function moveDraft(old, conversation) {
  if (drafts.delete(old)) keepDraft(conversation);
}

/** What was begun in the conversation `key` before the page was loaded. */
export const draftOf = (key) => drafts.get(key)?.text ?? '';

/** Whom one had begun to write to in private: lists of nicks. */
export const draftsInPrivate = () => [...drafts.values()].map(({ to }) => to).filter((to) => to?.length);

export function forgetDrafts() {
  drafts.clear();
  save();
}
