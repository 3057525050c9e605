// Staying logged in: by a cookie that the server sets, and no script can read.

import { memory, remember } from './memory.js';

const TRIES = 4;
const PAUSE = 500; // a cluster's other nodes hear of a ticket a little later
const PATIENCE = 5000;

const ask = (method, headers = {}) => fetch('/login', { method, headers, redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });

/** Have this browser stay logged in to `account`; gives why it doesn't, or nothing. */
export async function stay(ticket, account) {
  let why = 'there is no connection';
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries) await new Promise((done) => setTimeout(done, PAUSE));
    try {
      const answer = await ask('POST', { 'Login-Ticket': ticket });
      if (answer.ok) {
        remember({ stays: account, ending: false });
        return '';
      }
      why = (await answer.text()).trim();
    } catch {
      // It is tried again.
    }
  }
  return why;
}

/** Don't stay logged in any more; what the server doesn't hear now it is told at the next visit. */
export async function endStaying() {
  remember({ stays: '', ending: true });
  try {
    const answer = await ask('DELETE');
    if (answer.ok) remember({ ending: false });
  } catch {
    // There is no connection.
  }
}

/** The account that this browser was told to stay logged in to; or empty. */
export const stays = () => memory.stays ?? '';
