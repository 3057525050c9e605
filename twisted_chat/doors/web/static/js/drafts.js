// What is begun and not sent outlives a reload, in this tab of the browser only.

import { isSecret } from './commands.js';
import { loadTab, saveTab } from './memory.js';

const NAME = 'drafts';
const LONGEST = 20_000;
const NONE = { text: '', answers: 0 };

const drafts = new Map(Object.entries(loadTab(NAME, {})));

/** Keep what is begun in `conversation`, and what that answers, but no password. */
export function keepDraft(conversation) {
  const { key, to, draft, answering: answers } = conversation;
  const kept = draftOf(key);
  const text = isSecret(draft) || draft.length > LONGEST ? '' : draft;
  if (text === kept.text && answers === kept.answers) return;
  if (text || answers) drafts.set(key, { to, text, answers });
  else drafts.delete(key);
  saveTab(NAME, Object.fromEntries(drafts));
}

/** The conversation that had the key `old` has another one. */
export function moveDraft(old, conversation) {
  if (drafts.delete(old)) keepDraft(conversation);
}

/** What was begun in the conversation `key` before the page was loaded: {text, answers}. */
export const draftOf = (key) => drafts.get(key) ?? NONE;

/** Whom one had begun to write to in private: lists of nicks. */
export const draftsInPrivate = () => [...drafts.values()].map(({ to }) => to).filter((to) => to?.length);
