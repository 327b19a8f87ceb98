// Text of the self-check: a light or a remedy without text does not compile. Pure.

import type { Check } from '$lib/contract/Check';
import type { CheckRemedy } from '$lib/contract/CheckRemedy';
import type { Light } from '$lib/contract/Light';
import type { ProblemWords, Words } from '$lib/words';

export const LIGHT_IDS: Record<Light, string> = {
  green: 'window-light-green',
  amber: 'window-light-amber',
  red: 'window-light-red',
};

export const REMEDY_IDS: Record<CheckRemedy, string> = {
  signIn: 'tray-sign-in',
  reconnect: 'tray-reconnect',
  testNotification: 'window-remedy-test',
  repairAutostart: 'window-remedy-autostart',
  openSettings: 'window-remedy-settings',
  openForwarding: 'window-remedy-forwarding',
  setSettingsAside: 'window-remedy-set-aside',
  readHomeAgain: 'window-remedy-read-home',
};

/** The worst of the lights; no checks count as fine. */
export function worstOf(checks: readonly Check[]): Light {
  if (checks.some(({ light }) => light === 'red')) return 'red';
  return checks.some(({ light }) => light === 'amber') ? 'amber' : 'green';
}

/** Finding and remedy. A finding unknown to this version is described by its problem. */
export function checkWords(check: Check, words: Words): ProblemWords {
  const id = `check-${check.subject}-${check.finding}`;
  // The catalogue's text includes the remedy.
  if (words.has(id)) return { text: words.text(id, { detail: check.detail ?? '' }), remedy: '' };
  return check.problem === null ? { text: '', remedy: '' } : words.problem(check.problem);
}

export function subjectName({ subject }: Check, words: Words): string {
  return words.text(`check-${subject}`);
}
