// Text for the connection state. Pure: catalogue and current time are parameters.

import type { Status } from '$lib/contract/Status';
import { shortMoment, type Present } from '$lib/moment';
import { PROVIDER_IDS } from '$lib/provider';
import type { ProblemWords, Words } from '$lib/words';

export interface StatusWords {
  title: string;
  detail: string;
}

export function statusWords(
  { connection, provider, devices }: Pick<Status, 'connection' | 'provider' | 'devices'>,
  words: Words,
  present: Present,
): StatusWords {
  const moment = (atMs: number) => shortMoment(atMs, words.language, present);
  switch (connection.state) {
    case 'signedOut':
      return {
        title: words.text('status-signedOut'),
        detail: words.text('window-status-signed-out'),
      };
    case 'keyringLocked':
      return {
        title: words.text('status-keyringLocked'),
        detail: words.text('window-status-keyring-locked'),
      };
    case 'keyringUnavailable':
      return {
        title: words.text('status-keyringUnavailable'),
        detail: words.text('window-status-keyring-unavailable'),
      };
    case 'connecting':
      return {
        title: words.text('status-connecting'),
        detail: words.text('window-status-connecting'),
      };
    case 'listening':
      return {
        title: words.text('status-listening'),
        detail: words.text('window-status-listening', {
          provider: words.text(PROVIDER_IDS[provider ?? 'connect']),
          since: moment(connection.sinceMs),
          devices,
        }),
      };
    case 'offline':
      return {
        title: words.text('status-offline'),
        detail: words.text('status-offline-detail', {
          since: moment(connection.sinceMs),
          reason: words.problem(connection.problem).text,
          retry: moment(connection.retryAtMs),
        }),
      };
    case 'signInNeeded':
      return {
        title: words.text('status-signInNeeded'),
        detail: sentences(words.problem(connection.problem)),
      };
    case 'limited':
      return {
        title: words.text('status-limited', { until: moment(connection.untilMs) }),
        detail: words.text('window-status-limited'),
      };
  }
}

function sentences({ text, remedy }: ProblemWords): string {
  return `${text} ${remedy}`;
}
