// One message: what it answers, its words, the reactions to it, the button of its menu.

import { el } from '../dom.js';
import { fold } from '../names.js';
import { textElement } from '../text.js';
import { fullTime } from '../times.js';

const LONGEST_QUOTE = 120;

/** The beginning of `item`, on one line. */
export function brief(item) {
  if (!item) return 'an earlier message';
  if (item.deleted) return 'a message that was deleted';
  const words = item.text.replace(/^```\w*$/gm, '').replace(/\s+/g, ' ');
  return `${item.nick}: ${words.length > LONGEST_QUOTE ? `${words.slice(0, LONGEST_QUOTE)}…` : words}`;
}

/** Whether `me` is among those who reacted so. */
export const reacted = (item, reaction, me) => (item.reactions?.get(reaction)?.nicks ?? []).some((nick) => fold(nick) === fold(me));

function chips(item, me, react) {
  const chip = ([reaction, { count, nicks }]) => {
    const mine = reacted(item, reaction, me);
    const rest = count - nicks.length;
    return el(
      'button',
      {
        type: 'button',
        class: 'chip',
        title: nicks.join(', ') + (rest > 0 ? ` and ${rest} more` : ''),
        'aria-pressed': String(mine),
        'aria-label': `${reaction}: ${count}`,
        'data-reaction': reaction,
        onclick: () => react(item, reaction, !mine),
      },
      el('span', { 'aria-hidden': 'true' }, reaction),
      ` ${count}`,
    );
  };
  return el('div', { class: 'chips', role: 'group', 'aria-label': 'Reactions' }, ...[...item.reactions].map(chip));
}

/**
 * The parts of the row that shows `item`.
 *
 * `answered` is the message that it answers, if it is here; `names` what calls us, the nick first; `on`: {menu(item, button),
 * jump(id), react(item, reaction, on)}.
 */
export function parts(item, answered, names, on) {
  const found = [];
  if (item.answers) {
    const jump = () => on.jump(item.answers);
    found.push(el('button', { type: 'button', class: 'answered', onclick: jump }, el('span', { class: 'visually-hidden' }, 'answers '), brief(answered)));
  }
  if (item.deleted) {
    const by = fold(item.deleted) === fold(item.nick) ? '' : ` by ${item.deleted}`;
    found.push(el('span', { class: 'gone' }, `This message was deleted${by}`));
    return found;
  }
  found.push(textElement(item.text, names));
  if (item.changed) found.push(' ', el('span', { class: 'state', title: fullTime(item.changed) }, '(edited)'));
  if (item.reactions?.size) found.push(chips(item, names[0], on.react));
  found.push(el(
    'button',
    {
      type: 'button',
      class: 'dots',
      tabIndex: -1,
      'aria-label': `What to do with ${brief(item)}`,
      'aria-haspopup': 'dialog',
      onclick: (event) => on.menu(item, event.currentTarget),
    },
    '⋯',
  ));
  return found;
}
