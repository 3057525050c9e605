// What people wrote, cut into what is shown: plain text, links, code, mentions.

import { el } from './dom.js';
import { NICK_CHAR, nickIn } from './names.js';

// An open one goes on to the end.
const FENCE = /^```[^\n`]*\n([^]*?)(?:^```[ \t]*$\n?|(?![^]))/gm;
const CODE = '`([^`\\n]+)`';
const LINK = '\\bhttps?://[^\\s<>"\'`]+';
const WORD = `(?:(?!\`[^\`\\n]+\`|\\bhttps?://)${NICK_CHAR})+`;
const PIECE = new RegExp(`${CODE}|${LINK}|${WORD}`, 'gu');
const CLOSERS = { ')': '(', ']': '[', '}': '{' };
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u200d\ufe0f]*\s*){1,3}$/u;

/** A link's end: no full stop of the sentence around it, no unopened bracket. */
function trimLink(link) {
  for (;;) {
    const last = link.at(-1);
    const open = CLOSERS[last];
    const unopened = open && link.split(open).length < link.split(last).length;
    if (!unopened && !'.,;:!?…'.includes(last)) return link;
    link = link.slice(0, -1);
  }
}

function safeLink(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

/** The pieces of `text` for who is called `names`: {kind: 'text' | 'link' | 'code' | 'you', text, href}. */
export function pieces(text, names = []) {
  const found = [];
  let done = 0;
  const add = (kind, start, end, more = {}) => {
    if (start > done) found.push({ kind: 'text', text: text.slice(done, start) });
    found.push({ kind, text: text.slice(start, end), ...more });
    done = end;
  };
  for (const match of text.matchAll(PIECE)) {
    const start = match.index;
    if (start < done) continue;
    if (match[1] !== undefined) {
      add('code', start, start + match[0].length);
    } else if (match[0].includes('://')) {
      const link = trimLink(match[0]);
      const href = safeLink(link);
      if (href) add('link', start, start + link.length, { href });
    } else {
      const name = names.find((each) => nickIn(match[0], each) >= 0);
      if (!name) continue;
      const at = start + nickIn(match[0], name);
      add('you', at, at + name.length);
    }
  }
  if (done < text.length) found.push({ kind: 'text', text: text.slice(done) });
  return found;
}

function node(piece) {
  if (piece.kind === 'link') {
    const props = { href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow' };
    return el('a', props, piece.text);
  }
  if (piece.kind === 'code') return el('code', {}, piece.text.slice(1, -1));
  if (piece.kind === 'you') return el('span', { class: 'you' }, piece.text);
  return piece.text;
}

/** `text` cut at its fences of ```: {code, text} each. */
export function blocks(text) {
  const found = [];
  let done = 0;
  for (const match of text.matchAll(FENCE)) {
    found.push({ code: false, text: text.slice(done, match.index).replace(/\n$/, '') });
    found.push({ code: true, text: match[1].replace(/\n$/, '') });
    done = match.index + match[0].length;
  }
  found.push({ code: false, text: text.slice(done) });
  return found.filter((block) => block.code || block.text);
}

const block = ({ code, text }, names) => (code ? [el('pre', { tabIndex: 0 }, el('code', {}, text))] : pieces(text, names).map(node));

/** `text` as an element of class text, in which `names` are one's own. */
export function textElement(text, names) {
  if (text.includes('```')) return el('div', { class: 'text' }, ...blocks(text).flatMap((one) => block(one, names)));
  const large = text.length < 24 && EMOJI_ONLY.test(text);
  return el('span', { class: large ? 'text large' : 'text' }, ...pieces(text, names).map(node));
}
