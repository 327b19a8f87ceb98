import { expect, test } from 'vitest';

import { PROBLEM_CODES } from '$lib/words';
import { exampleDefaults, exampleDemo, exampleHubDefaults } from '../../testing/fakeBackend';

import { isExposed, withScheme } from './privateAddress';
import {
  fieldsFrom,
  firstPlace,
  formFrom,
  noFields,
  placeOf,
  PLACES,
  problemsBefore,
} from './signIn';

const defaults = fieldsFrom(exampleDefaults(), null);
const typed = {
  connect: { token: ' thinqpat_abc\n', country: 'KR' },
  hub: { ...defaults.hub, account: ' me@example.com ', password: ' p ' },
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
  ['personalTokenRefused', 'form'],
] as const)('of a hub, %s stands beside the field %s', (code, place) => {
  expect(placeOf(code, 'hub')).toBe(place);
});

test.each([
  ['missingToken', 'token'],
  ['invalidToken', 'token'],
  ['personalTokenRefused', 'token'],
  ['featureMissing', 'token'],
  ['invalidCountry', 'country'],
  ['countryRefused', 'country'],
  ['connectUnreachable', 'form'],
  ['connectTimedOut', 'form'],
  ['connectUnknown', 'form'],
  ['terms', 'form'],
  ['tooManyCalls', 'form'],
  ['otherHub', 'form'],
] as const)('of ThinQ Connect, %s stands beside the field %s', (code, place) => {
  expect(placeOf(code, 'connect')).toBe(place);
});

test.each(['connect', 'hub'] as const)(
  'every problem has a place in the form of %s',
  (provider) => {
    for (const code of PROBLEM_CODES) {
      expect(PLACES[provider]).toContain(placeOf(code, provider));
    }
  },
);

test('a form that is filled in is sent without asking more', () => {
  expect(problemsBefore('connect', typed)).toEqual({});
  expect(problemsBefore('hub', typed)).toEqual({});
});

test.each([
  ['', 'missingToken'],
  [' \t\n', 'missingToken'],
  ['two words', 'invalidToken'],
  ['line\nline', 'invalidToken'],
  ['토큰', 'invalidToken'],
  ['a'.repeat(513), 'invalidToken'],
  ['a'.repeat(512), undefined],
  [' abc-DEF_123.~+/=\r\n', undefined],
])('the token %j: %s', (token, code) => {
  const problems = problemsBefore('connect', { ...typed, connect: { token, country: 'KR' } });

  expect(problems.token?.code).toBe(code);
});

test('without a country the form says so', () => {
  const problems = problemsBefore('connect', noFields());

  expect(problems).toEqual({
    token: { code: 'missingToken' },
    country: { code: 'invalidCountry' },
  });
  expect(firstPlace('connect', problems)).toBe('token');
});

test('an empty form says what is missing, and the first field is mended first', () => {
  const hub = {
    ...typed.hub,
    hubUrl: 'hub address',
    account: ' ',
    password: '',
    callbackUrl: 'https://callback.example.com',
  };
  const problems = problemsBefore('hub', { ...typed, hub });

  expect(problems).toEqual({
    hub: { code: 'invalidAddress' },
    account: { code: 'missingAccount' },
    password: { code: 'missingPassword' },
    callback: { code: 'invalidCallbackAddress' },
  });
  expect(firstPlace('hub', problems)).toBe('hub');
});

test('spaces are cut from the account and kept in the password', () => {
  const form = formFrom('hub', typed);

  expect(form).toMatchObject({ provider: 'hub', account: 'me@example.com', password: ' p ' });
});

test('a secret that is left empty is not sent, so that the kept one stays', () => {
  const form = formFrom('hub', { ...typed, hub: { ...typed.hub, connectClientSecret: 'new' } });

  expect(form).not.toHaveProperty('empClientSecret');
  expect(form).toHaveProperty('connectClientSecret', 'new');
});

test('of a form only what belongs to its provider is sent, the token without what surrounds it', () => {
  expect(formFrom('connect', typed)).toEqual({
    provider: 'connect',
    token: 'thinqpat_abc',
    country: 'KR',
  });
});

test('in the demo both forms are filled in', () => {
  const demo = exampleDemo();

  const { connect, hub } = fieldsFrom(exampleDefaults({ country: '' }), demo);

  expect(connect).toEqual({ token: demo.token, country: demo.country });
  expect(hub).toMatchObject({ account: demo.account, password: demo.password });
});

test('what was used last comes before what the demo fills in', () => {
  const hub = exampleHubDefaults({ account: 'me@example.com' });

  const fields = fieldsFrom(exampleDefaults({ country: 'DE', hub }), exampleDemo());

  expect(fields.connect.country).toBe('DE');
  expect(fields.hub.account).toBe('me@example.com');
});
