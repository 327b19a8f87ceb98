// A realistic household for development: `?fake=` and words such as `ko,empty`.

import { placeAt, type Place } from '$lib/address';
import type { Request } from '$lib/contract/Request';
import type { View } from '$lib/contract/View';

import { exampleRules, exampleSettings, TROUBLED_CHECKS } from './fakeSettings';
import { exampleDefaults, exampleDemo, exampleHubDefaults, FakeBackend } from './fakeBackend';
import { exampleState } from './fakeForwarding';
import { livelyHome } from './fakeHome';
import { exampleDetails, uneven, year } from './year';

const MINUTE_MS = 60_000;
/** About 100,000 events a year. */
const MANY = 52;

/** `words` are separated by commas: ko, empty, many, failed, signed-out, offline, lost, paused… */
export function household(words: string): FakeBackend {
  const is = (word: string) => words.split(',').includes(word);
  const backend = new FakeBackend();
  const now = Date.now();
  if (!is('empty')) backend.events = year(now, is('ko'), is('many') ? MANY : 1);
  for (const event of backend.events.slice(0, 500)) {
    backend.details.set(event.id, exampleDetails(event));
  }
  backend.history.isSlow = true;
  if (!is('empty') && !is('signed-out')) livelyHome(backend.home, now, is('ko'));
  if (is('calm')) backend.home.devices = backend.home.devices.slice(-3);
  backend.view = viewOf(placeAt(location.hash)) ?? backend.view;
  backend.status = {
    ...backend.status,
    language: is('ko') ? 'ko' : 'en',
    connection: { state: 'listening', sinceMs: now - 200 * MINUTE_MS },
    unread: backend.events.filter(({ isRead }) => !isRead).length,
  };
  if (is('signed-out')) {
    backend.status.connection = { state: 'signedOut' };
    backend.status.provider = null;
  }
  if (is('connecting')) backend.status.connection = { state: 'connecting' };
  if (is('offline')) {
    backend.status.connection = {
      state: 'offline',
      sinceMs: now - 12 * MINUTE_MS,
      problem: { code: 'callbackUnreachable' },
      retryAtMs: now + MINUTE_MS,
    };
  }
  if (is('sign-in-needed')) {
    backend.status.connection = { state: 'signInNeeded', problem: { code: 'tokenRefused' } };
  }
  if (is('token-refused')) {
    const problem = { code: 'personalTokenRefused' } as const;
    backend.status.connection = { state: 'signInNeeded', problem };
  }
  if (is('keyring-locked')) {
    backend.status.connection = { state: 'keyringLocked' };
    backend.status.keyring = 'locked';
  }
  if (is('keyring-unavailable')) {
    backend.status.connection = { state: 'keyringUnavailable' };
    backend.status.keyring = 'missing';
    backend.status.provider = null;
  }
  if (is('limited')) {
    backend.status.connection = { state: 'limited', untilMs: now + 42 * MINUTE_MS };
  }
  if (is('quiet')) backend.status.quietUntilMs = now + 700 * MINUTE_MS;
  if (is('update')) {
    backend.status.update = { version: '0.2.0', pageUrl: 'https://example.com/releases/0.2.0' };
  }
  if (is('homeless')) backend.status.homeProblem = { code: 'connectUnreachable' };
  if (is('featureless')) {
    const problem = { code: 'featureMissing', feature: 'energy' } as const;
    backend.status.homeProblem = { code: 'featureMissing', feature: 'events' };
    backend.failing.set('deviceEnergy', problem);
  }
  if (is('uneven')) backend.events = uneven(backend.events, now);
  if (is('job-running')) {
    const state = { state: 'running' } as const;
    setTimeout(
      () =>
        backend.tell({
          told: 'jobChanged',
          job: { kind: 'export', done: 640, total: 1895, state },
        }),
      500,
    );
  }
  if (is('job-failed')) {
    const state = { state: 'failed', problem: { code: 'fileUnwritable' } } as const;
    setTimeout(
      () => backend.tell({ told: 'jobChanged', job: { kind: 'export', done: 0, total: 9, state } }),
      500,
    );
  }
  if (is('paused')) backend.status.pausedUntilMs = now + 60 * MINUTE_MS;
  if (is('keyring')) backend.status.keyring = 'missing';
  if (is('troubled')) {
    backend.status.historyProblem = { code: 'historyUnavailable' };
    backend.status.notificationProblem = { code: 'noNotificationServer' };
  }
  if (is('demo')) {
    backend.status.demo = exampleDemo();
  }
  if (is('exposed')) {
    const hub = exampleHubDefaults({ hubUrl: 'http://hub.example.com:5010' });
    backend.defaults = exampleDefaults({ hub });
  }
  if (is('abroad')) backend.defaults.country = '';
  if (is('hub')) {
    backend.status = {
      ...backend.status,
      provider: 'hub',
      country: null,
      account: 'm…@example.com',
    };
  }
  if (is('failed')) {
    backend.failing.set('historyPage', { code: 'historyUnavailable' });
    backend.failing.set('home', { code: 'historyUnavailable' });
  }
  if (is('loading')) backend.silent.add('historyPage').add('home');
  for (const word of words.split(',')) {
    const [how, ask] = word.split('-');
    if (how === 'wait' && ask) backend.silent.add(ask as Request['ask']);
    if (how === 'fail' && ask) backend.failing.set(ask as Request['ask'], { code: 'internal' });
  }
  arrangeSettings(backend, is, now);
  arrangeForwarding(backend, is, now);
  if (is('wrong')) backend.failing.set('signIn', { code: 'wrongSignIn' });
  if (is('keys')) backend.failing.set('signIn', { code: 'keysRefused' });
  if (is('refused')) backend.failing.set('signIn', { code: 'personalTokenRefused' });
  if (is('unreachable')) backend.failing.set('signIn', { code: 'connectUnreachable' });
  if (is('browserless')) backend.failing.set('tokenPageOpen', { code: 'browserMissing' });
  if (is('terms')) backend.failing.set('signIn', { code: 'terms' });
  if (is('slow')) backend.silent.add('signIn');
  if (is('lost')) setTimeout(() => backend.linkIs('lost'), 500);
  Object.assign(window, { backend });
  return backend;
}

function arrangeForwarding(
  { forwarding }: FakeBackend,
  is: (word: string) => boolean,
  now: number,
): void {
  if (!is('forwarding')) return;
  const common = { isOn: true, severities: null, devices: null, keepHours: 24 } as const;
  forwarding.states = [
    exampleState({ deliveredAtMs: now - 40 * MINUTE_MS, delivered: 12 }),
    exampleState({
      target: {
        ...common,
        kind: 'mqtt',
        name: 'Home Assistant',
        url: 'mqtt://homeassistant.local',
        user: 'thinq',
        topic: 'thinq-tray',
        isHomeAssistant: true,
        allowsPlain: false,
        categories: null,
        waitsInQuietHours: false,
      },
      waiting: 3,
      givenUp: 1,
      failure: {
        problem: { code: 'targetUnreachable' },
        detail: 'failed to connect to the message broker at homeassistant.local: no route to host',
      },
    }),
    exampleState({
      target: {
        ...common,
        isOn: false,
        kind: 'command',
        name: 'Speaker',
        program: '/usr/local/bin/announce',
        arguments: ['--room', 'kitchen'],
        categories: [],
        waitsInQuietHours: false,
      },
    }),
  ];
}

/** Rules, settings and self-check with many changes or problems. */
function arrangeSettings(backend: FakeBackend, is: (word: string) => boolean, now: number): void {
  const { kept } = backend;
  if (is('stranger')) kept.settings = exampleSettings({ isWelcomed: false });
  if (is('unwell')) kept.checks = TROUBLED_CHECKS;
  if (is('broken')) {
    kept.settings = exampleSettings({ invalid: [{ key: '', found: 'expected `=` in line 3' }] });
  }
  if (is('spoilt')) {
    kept.settings = exampleSettings({
      hubUrl: 'http://hub.example.com:5010/',
      invalid: [
        { key: 'log', found: 'loud' },
        { key: 'proxy', found: 'nowhere' },
      ],
      fixed: ['callback_url', 'language', 'retention'],
    });
  }
  if (is('chosen')) {
    const [first, second] = backend.home.devices;
    kept.rules = exampleRules({
      rules: [
        { deviceId: null, category: 'finished', severity: null, treatment: 'showSilently' },
        { deviceId: null, category: 'reminder', severity: 'info', treatment: 'historyOnly' },
        ...(first
          ? [
              {
                deviceId: first.id,
                category: 'failed' as const,
                severity: null,
                treatment: 'ignore' as const,
              },
            ]
          : []),
        { deviceId: 'gone-1', category: null, severity: null, treatment: 'historyOnly' },
      ],
      muted: second ? [{ deviceId: second.id, untilMs: now + 300 * MINUTE_MS }] : [],
    });
    kept.rules.quietHours.isOn = true;
  }
}

/** Stored in the address, so that a reload shows the same. */
function viewOf(place: Place | null): View | null {
  if (place === null) return null;
  if (place.route !== 'devices' || place.item === null) return { view: place.route };
  return { view: 'devices', device: place.item };
}
