import { expect, test } from 'vitest';

import type { ConnectionState } from '$lib/contract/ConnectionState';
import { Words } from '$lib/words';

import { statusWords } from './status';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
const present = { nowMs, timeZone: 'UTC' };
const problem = { code: 'callbackUnreachable' } as const;

test.each<[ConnectionState, string, string]>([
  [{ state: 'signedOut' }, 'Signed out', 'Sign in to receive notifications'],
  [{ state: 'keyringLocked' }, 'Password store is locked', 'Unlock it to receive notifications'],
  [
    { state: 'keyringUnavailable' },
    'Password store is not available',
    'A stored sign-in cannot be read',
  ],
  [{ state: 'connecting' }, 'Connecting…', 'On the way to LG'],
  [
    { state: 'listening', sinceMs: nowMs - 60_000 },
    'Listening for notifications',
    'DAMDA hub · Since 11:59 AM · 1 appliance',
  ],
  [
    { state: 'offline', sinceMs: nowMs - 86_400_000, problem, retryAtMs: nowMs + 60_000 },
    'Offline, trying again',
    "Since Nov 21, 12:00 PM. LG's notification server cannot be reached. Next try at 12:01 PM.",
  ],
  [
    { state: 'signInNeeded', problem: { code: 'tokenRefused' } },
    'Sign in again',
    'LG signed you out. Sign in again to keep receiving notifications.',
  ],
  [
    { state: 'limited', untilMs: nowMs + 60_000 },
    'Waiting until 12:01 PM, as LG asks',
    'Notifications go on by themselves afterwards',
  ],
])('the connection %j in words', (connection, title, detail) => {
  const words = statusWords({ connection, provider: 'hub', devices: 1 }, new Words('en'), present);

  // Some versions of the locale data use a narrow space before AM.
  expect(words.title.replace(/\u202f/gu, ' ')).toBe(title);
  expect(words.detail.replace(/\u202f/gu, ' ')).toBe(detail);
});
