// Validation of settings, keys of the settings file, and the field of a problem. Pure.

import type { Category } from '$lib/contract/Category';
import type { Problem } from '$lib/contract/Problem';
import type { ProblemCode } from '$lib/contract/ProblemCode';
import type { Settings } from '$lib/contract/Settings';
import type { SettingsChange } from '$lib/contract/SettingsChange';

import { isAddress, isLoopback, withScheme } from '../sign-in/privateAddress';

/** Text settings. */
export type TextSetting =
  'connectUrl' | 'hubUrl' | 'callbackUrl' | 'proxy' | 'empClientId' | 'connectClientId';

/** Text settings that only a hub uses. */
export const HUB_SETTINGS: readonly TextSetting[] = [
  'hubUrl',
  'callbackUrl',
  'empClientId',
  'connectClientId',
];

/** Key of each field in the settings file. */
export const KEYS = {
  language: 'language',
  connectUrl: 'connect_url',
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

/** Predefined numbers of days; 0 is unlimited. */
export const RETENTION_DAYS: readonly number[] = [30, 90, 365, 730, 0];

const PLACE_OF: Partial<Record<ProblemCode, TextSetting>> = {
  invalidConnectAddress: 'connectUrl',
  invalidAddress: 'hubUrl',
  invalidCallbackAddress: 'callbackUrl',
  invalidProxy: 'proxy',
  otherHub: 'hubUrl',
  proxyUnreachable: 'proxy',
  proxyRefused: 'proxy',
};

/** Field of an error; none if it is about the settings as a whole. */
export function placeOf({ code }: Problem): TextSetting | undefined {
  return PLACE_OF[code];
}

/** Normalizes the input for storage. */
export function tidied(setting: TextSetting, typed: string): string {
  switch (setting) {
    case 'connectUrl':
      return withScheme(typed, 'https');
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

/** Client-side validation error. */
export function problemBefore(setting: TextSetting, tidy: string): Problem | undefined {
  switch (setting) {
    case 'connectUrl':
      return tidy === '' || isAddress(tidy, ['https:']) || isLoopback(tidy)
        ? undefined
        : { code: 'invalidConnectAddress' };
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

/** Environment variable that overrides the setting, if any. */
export function fixedBy(settings: Settings, setting: Editable): string | undefined {
  const key = KEYS[setting];
  return settings.fixed.includes(key) ? `THINQ_TRAY_${key.toUpperCase()}` : undefined;
}

/** Retention of the category in days; unlimited unless set. */
export function daysOf({ retention }: Settings, category: Category): number {
  return retention.find((rule) => rule.category === category)?.days ?? 0;
}

/** Whether the retention is shortened, so that events are deleted. */
export function isShorter(days: number, before: number): boolean {
  return days !== 0 && (before === 0 || days < before);
}

/**
 * Expected settings, for an optimistic update. Autostart is excluded, since the desktop may ask
 * the user first.
 */
export function changed(settings: Settings, change: SettingsChange): Settings {
  const { retention = [], ...rest } = change;
  const kept = settings.retention.filter(
    ({ category }) => !retention.some((rule) => rule.category === category),
  );
  const { isAutostarted } = settings;
  return { ...settings, ...rest, isAutostarted, retention: [...kept, ...retention] };
}

/** Choices for a category: a custom number of days is listed among the predefined ones. */
export function daysOffered(days: number): number[] {
  const all = [...new Set([...RETENTION_DAYS, days])];
  return all.sort((a, b) => (a === 0 ? Infinity : a) - (b === 0 ? Infinity : b));
}
