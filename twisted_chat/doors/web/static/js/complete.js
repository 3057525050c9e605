// Suggestions for the word before the caret: nicks, rooms, commands, emoji.  No DOM.

import { LISTED } from './commands.js';
import { EMOJI } from './emoji.js';
import { fold } from './names.js';

const MOST = 8;

function nicks(chat, start) {
  const wanted = fold(start.replace(/^@/, ''));
  const here = chat.active;
  const known = new Map();
  for (const key of here?.timeline.speakers() ?? []) {
    const person = here.people.get(key);
    if (person) known.set(key, person.nick);
  }
  for (const [key, person] of here?.people ?? []) known.set(key, person.nick);
  for (const [key, nick] of chat.nicks()) if (!known.has(key)) known.set(key, nick);
  known.delete(fold(chat.me));
  return [...known].filter(([key]) => key.startsWith(wanted)).map(([, nick]) => nick);
}

/**
 * What could stand at the caret: {start, end, list: [{text, label, about}]}.
 * `asked`: by Tab; else only what announces itself with / : or #.
 */
export function suggestions(chat, text, caret, asked) {
  const start = text.slice(0, caret).search(/\S*$/);
  const word = text.slice(start, caret);
  const answer = (list) => ({ start, end: caret, list: list.slice(0, MOST) });
  if (start === 0 && word.startsWith('/')) {
    const wanted = fold(word.slice(1));
    const fitting = LISTED.filter(([name]) => name.startsWith(wanted));
    return answer(fitting.map(([name, { usage, help }]) => ({ text: `/${name} `, label: usage, about: help })));
  }
  if (/^:[a-z0-9_+-]{2,}$/i.test(word)) {
    const wanted = fold(word.slice(1));
    const fitting = EMOJI.filter(([, names]) => names.split(' ').some((name) => name.startsWith(wanted)));
    return answer(fitting.map(([char, names]) => ({ text: `${char} `, label: `${char}  :${names.split(' ')[0]}:` })));
  }
  if (word.startsWith('#') && (asked || word.length > 1)) {
    const fitting = chat.roomsHere().map((room) => room.name).concat(chat.rooms.map((room) => room.room));
    const unique = [...new Set(fitting)].filter((name) => fold(name).startsWith(fold(word)) && name !== word);
    return answer(unique.map((name) => ({ text: `${name} `, label: name })));
  }
  if (word && (asked || /^@./.test(word))) {
    const tail = start === 0 ? ': ' : ' ';
    return answer(nicks(chat, word).map((nick) => ({ text: `${nick}${tail}`, label: nick })));
  }
  return answer([]);
}
