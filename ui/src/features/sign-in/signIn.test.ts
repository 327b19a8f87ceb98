import { expect, test } from 'vitest';

import { PROBLEM_CODES } from '$lib/words';
import { exampleDefaults } from '../../testing/fakeBackend';

import { isExposed, withScheme } from './privateAddress';
import { fieldsFrom, firstPlace, formFrom, placeOf, problemsBefore } from './signIn';

const typed = {
  ...fieldsFrom(exampleDefaults(), null),
  account: ' me@example.com ',
  password: ' p ',
};

test.each([
  'https://hub.example.com',
  'wss://hub.example.com',
  'http://localhost:5010',
  'http://127.0.0.1:5010',
  'http://127.9.9.9',
  'http://10.1.2.3',
  'http://172.16.0.1',
  'http://172.31.255.255',
  'http://192.168.0.10:5010',
  'http://169.254.7.7',
  'http://[::1]:5010',
  'http://[fd12:3456::1]',
  'http://[fc00::1]',
  'http://[fe80::1]',
  'http://[febf::1]',
  'http://[::ffff:192.168.0.10]',
  'http://thinq-hub:5010',
  'http://hub.local',
  'http://HUB.LOCAL.',
  'ws://192.168.0.10/websocket',
  'not an address',
  '',
])('nobody outside can read along at %j', (address) => {
  expect(isExposed(address)).toBe(false);
});

test.each([
  'http://hub.example.com:5010',
  'http://8.8.8.8',
  'http://172.15.0.1',
  'http://172.32.0.1',
  'http://192.169.0.1',
  'http://11.0.0.1',
  'http://[2001:db8::1]',
  'http://[fec0::1]',
  'http://[::ffff:8.8.8.8]',
  'http://local.example.com',
  'http://10.example.com',
  'http://192.168.0.10@evil.example.com',
  'ws://callback.example.com',
])('others can read along at %j', (address) => {
  expect(isExposed(address)).toBe(true);
});

test.each([
  ['192.168.0.10:5010', 'http://192.168.0.10:5010'],
  [' hub.local ', 'http://hub.local'],
  ['https://hub', 'https://hub'],
  ['  ', ''],
])('%j is completed to %j', (address, complete) => {
  expect(withScheme(address, 'http')).toBe(complete);
});

test.each([
  ['wrongSignIn', 'password'],
  ['accountLocked', 'password'],
  ['missingAccount', 'account'],
  ['hubUnreachable', 'hub'],
  ['hubUnknown', 'hub'],
  ['invalidAddress', 'hub'],
  ['invalidCallbackAddress', 'callback'],
  ['callbackRefused', 'callback'],
  ['keysRefused', 'keys'],
  ['terms', 'form'],
  ['notRunning', 'form'],
] as const)('%s stands beside the field %s', (code, place) => {
  expect(placeOf(code)).toBe(place);
});

test('every problem has a place', () => {
  for (const code of PROBLEM_CODES) expect(placeOf(code)).toBeDefined();
});

test('a form that is filled in is sent without asking more', () => {
  expect(problemsBefore(typed)).toEqual({});
});

test('an empty form says what is missing, and the first field is mended first', () => {
  const problems = problemsBefore({
    ...typed,
    hubUrl: 'hub address',
    account: ' ',
    password: '',
    callbackUrl: 'https://callback.example.com',
  });

  expect(problems).toEqual({
    hub: { code: 'invalidAddress' },
    account: { code: 'missingAccount' },
    password: { code: 'missingPassword' },
    callback: { code: 'invalidCallbackAddress' },
  });
  expect(firstPlace(problems)).toBe('hub');
});

test('spaces are cut from the account and kept in the password', () => {
  expect(formFrom(typed)).toMatchObject({ account: 'me@example.com', password: ' p ' });
});

test('a secret that is left empty is not sent, so that the kept one stays', () => {
  const form = formFrom({ ...typed, connectClientSecret: 'new' });

  expect(form).not.toHaveProperty('empClientSecret');
  expect(form.connectClientSecret).toBe('new');
});

test('in the demo the account and the password are filled in', () => {
  const demo = { account: 'home@example.com', password: 'laundry-day' };

  expect(fieldsFrom(exampleDefaults(), demo)).toMatchObject(demo);
});
