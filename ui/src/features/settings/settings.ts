// Rules of the settings: what a field may hold, which key of the file it is, and where a problem
// belongs. Pure.

import type { Category } from '$lib/contract/Category';
import type { Problem } from '$lib/contract/Problem';
import type { ProblemCode } from '$lib/contract/ProblemCode';
import type { Settings } from '$lib/contract/Settings';
import type { SettingsChange } from '$lib/contract/SettingsChange';

import { isAddress, withScheme } from '../sign-in/privateAddress';

/** The texts that are typed. */
export type TextSetting = 'hubUrl' | 'callbackUrl' | 'proxy' | 'empClientId' | 'connectClientId';

/** Each field's key in the settings file. */
export const KEYS = {
  language: 'language',
  hubUrl: 'hub_url',
  callbackUrl: 'callback_url',
  passwordForm: 'password_form',
  empClientId: 'emp_client_id',
  connectClientId: 'connect_client_id',
  proxy: 'proxy',
  logLevel: 'log',
  retention: 'retention',
} as const satisfies Partial<Record<keyof Settings, string>>;

export type Editable = keyof typeof KEYS;

/** Days that are offered; 0 is for ever. */
export const RETENTION_DAYS: readonly number[] = [30, 90, 365, 730, 0];

const PLACE_OF: Partial<Record<ProblemCode, TextSetting>> = {
  invalidAddress: 'hubUrl',
  invalidCallbackAddress: 'callbackUrl',
  invalidProxy: 'proxy',
  otherHub: 'hubUrl',
  proxyUnreachable: 'proxy',
  proxyRefused: 'proxy',
};

/** The field that the answer is about; without one it is about the settings as a whole. */
export function placeOf({ code }: Problem): TextSetting | undefined {
  return PLACE_OF[code];
}

/** What was typed, as it is kept. */
export function tidied(setting: TextSetting, typed: string): string {
  switch (setting) {
    case 'hubUrl':
      return withScheme(typed, 'http');
    case 'callbackUrl':
      return withScheme(typed, 'wss');
    case 'proxy':
      return withScheme(typed, 'http');
    case 'empClientId':
    case 'connectClientId':
      return typed.trim();
  }
}

/** What keeps the text from being sent at all. */
export function problemBefore(setting: TextSetting, tidy: string): Problem | undefined {
  switch (setting) {
    case 'hubUrl':
      return isAddress(tidy, ['http:', 'https:']) ? undefined : { code: 'invalidAddress' };
    case 'callbackUrl':
      return tidy === '' || isAddress(tidy, ['ws:', 'wss:'])
        ? undefined
        : { code: 'invalidCallbackAddress' };
    case 'proxy':
      return tidy === '' || isAddress(tidy, ['http:', 'https:', 'socks5:', 'socks5h:'])
        ? undefined
        : { code: 'invalidProxy' };
    case 'empClientId':
    case 'connectClientId':
      return undefined;
  }
}

/** The environment variable that decides the setting instead of the file, if one does. */
export function fixedBy(settings: Settings, setting: Editable): string | undefined {
  const key = KEYS[setting];
  return settings.fixed.includes(key) ? `THINQ_TRAY_${key.toUpperCase()}` : undefined;
}

/** How long events of the category are kept, in days; what nobody limited is kept for ever. */
export function daysOf({ retention }: Settings, category: Category): number {
  return retention.find((rule) => rule.category === category)?.days ?? 0;
}

/** Whether fewer events are kept than before, so that some are deleted. */
export function isShorter(days: number, before: number): boolean {
  return days !== 0 && (before === 0 || days < before);
}

/**
 * As the settings will be, so that the page can show it before it is so. Whether the program starts
 * with the computer is up to the desktop, which may ask the user first: that waits for its answer.
 */
export function changed(settings: Settings, change: SettingsChange): Settings {
  const { retention = [], ...rest } = change;
  const kept = settings.retention.filter(
    ({ category }) => !retention.some((rule) => rule.category === category),
  );
  const { isAutostarted } = settings;
  return { ...settings, ...rest, isAutostarted, retention: [...kept, ...retention] };
}

/** The choices for a category: a number of days written by hand stands among the usual ones. */
export function daysOffered(days: number): number[] {
  const all = [...new Set([...RETENTION_DAYS, days])];
  return all.sort((a, b) => (a === 0 ? Infinity : a) - (b === 0 ? Infinity : b));
}
