import { expect, test } from 'vitest';

import { exampleSettings } from '../../testing/fakeSettings';

import {
  changed,
  daysOf,
  daysOffered,
  fixedBy,
  isShorter,
  placeOf,
  problemBefore,
  tidied,
} from './settings';

test.each([
  ['hubUrl', ' 192.168.0.10:5010 ', 'http://192.168.0.10:5010'],
  ['callbackUrl', 'callback.example.com/x', 'wss://callback.example.com/x'],
  ['proxy', 'proxy.example.com:3128', 'http://proxy.example.com:3128'],
  ['proxy', 'socks5://localhost:1080', 'socks5://localhost:1080'],
  ['empClientId', ' abc ', 'abc'],
] as const)('%s: what is typed as %j is kept as %j', (setting, typed, expected) => {
  expect(tidied(setting, typed)).toBe(expected);
});

test.each([
  ['hubUrl', '', 'invalidAddress'],
  ['hubUrl', 'ftp://hub', 'invalidAddress'],
  ['hubUrl', 'https://hub.local', undefined],
  ['connectUrl', '', undefined],
  ['connectUrl', 'https://connect.example.com', undefined],
  ['connectUrl', 'http://127.0.0.1:8080', undefined],
  ['connectUrl', 'http://localhost:8080', undefined],
  ['connectUrl', 'http://[::1]:8080', undefined],
  ['connectUrl', 'http://192.168.0.10', 'invalidConnectAddress'],
  ['connectUrl', 'http://127.example.com', 'invalidConnectAddress'],
  ['connectUrl', 'wss://connect.example.com', 'invalidConnectAddress'],
  ['callbackUrl', 'https://callback.example.com', 'invalidCallbackAddress'],
  ['callbackUrl', '', undefined],
  ['proxy', 'gopher://proxy', 'invalidProxy'],
  ['proxy', '', undefined],
  ['proxy', 'socks5://localhost:1080', undefined],
  ['connectClientId', '', undefined],
] as const)('%s may be %j: %s', (setting, text, code) => {
  expect(problemBefore(setting, text)?.code).toBe(code);
});

test('a problem belongs to its field, or to the settings as a whole', () => {
  expect(placeOf({ code: 'invalidProxy' })).toBe('proxy');
  expect(placeOf({ code: 'settingsBroken' })).toBeUndefined();
});

test('what a variable of the environment decides is named', () => {
  const settings = exampleSettings({ fixed: ['hub_url', 'log'] });

  expect(fixedBy(settings, 'hubUrl')).toBe('THINQ_TRAY_HUB_URL');
  expect(fixedBy(settings, 'logLevel')).toBe('THINQ_TRAY_LOG');
  expect(fixedBy(settings, 'proxy')).toBeUndefined();
});

test('a change of one retention leaves the others', () => {
  const settings = changed(exampleSettings(), { retention: [{ category: 'failed', days: 30 }] });

  expect(daysOf(settings, 'failed')).toBe(30);
  expect(daysOf(settings, 'finished')).toBe(365);
});

test('days written by hand stand among the usual ones, and for ever comes last', () => {
  expect(daysOffered(45)).toEqual([30, 45, 90, 365, 730, 0]);
});

test.each([
  [30, 90, true],
  [90, 30, false],
  [0, 90, false],
  [30, 0, true],
  [0, 0, false],
])('%i days after %i deletes events: %j', (days, before, expected) => {
  expect(isShorter(days, before)).toBe(expected);
});
