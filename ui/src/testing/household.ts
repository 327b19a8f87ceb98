// A believable household for the page under development: `?fake=` and words such as `ko,empty`.

import { placeAt, type Place } from '$lib/address';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { View } from '$lib/contract/View';

import { exampleDefaults, exampleEvent, FakeBackend } from './fakeBackend';
import { livelyHome } from './fakeHome';

const MINUTE_MS = 60_000;

type Happening = readonly [
  minutesAgo: number,
  code: string,
  device: string,
  type: string,
  severity: HistoryEvent['severity'],
  category: HistoryEvent['category'],
];

const DAY: readonly Happening[] = [
  [2, 'WASHING_IS_COMPLETE', '세탁기', 'DEVICE_WASHER', 'info', 'finished'],
  [19, 'DOOR_IS_OPEN', '냉장고', 'DEVICE_REFRIGERATOR', 'attention', 'reminder'],
  [48, 'ERROR_DURING_WASHING', '세탁기', 'DEVICE_WASHER', 'error', 'failed'],
  [95, 'PREHEATING_IS_COMPLETE', 'Oven', 'DEVICE_OVEN', 'info', 'reminder'],
  [140, 'CLEANING_IS_COMPLETED', 'Dusty', 'DEVICE_ROBOT_CLEANER', 'info', 'finished'],
  [380, 'TIME_TO_CHANGE_FILTER', '', 'DEVICE_AIR_PURIFIER', 'attention', 'maintenance'],
  [700, 'SOME_NEW_CODE', '거실 에어컨', 'DEVICE_AIR_CONDITIONER', 'info', 'status'],
  [1_300, 'DRYING_IS_COMPLETE', '건조기', 'DEVICE_DRYER', 'info', 'finished'],
  [1_900, 'FIRE_IS_DETECTED', 'Kitchen', 'DEVICE_HEJ_FIRE_SENSOR', 'error', 'safety'],
];

/** `words` are separated by commas: ko, empty, many, failed, signed-out, offline, lost, paused… */
export function household(words: string): FakeBackend {
  const is = (word: string) => words.split(',').includes(word);
  const backend = new FakeBackend();
  const now = Date.now();
  const days = is('many') ? 30 : 1;
  if (!is('empty')) backend.events = eventsOf(days, now);
  if (!is('empty') && !is('signed-out')) livelyHome(backend.home, now, is('ko'));
  if (is('calm')) backend.home.devices = backend.home.devices.slice(-3);
  backend.view = viewOf(placeAt(location.hash)) ?? backend.view;
  backend.status = {
    ...backend.status,
    language: is('ko') ? 'ko' : 'en',
    connection: { state: 'listening', sinceMs: now - 200 * MINUTE_MS },
    unread: is('empty') ? 0 : 3,
  };
  if (is('signed-out')) backend.status.connection = { state: 'signedOut' };
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
  if (is('paused')) backend.status.pausedUntilMs = now + 60 * MINUTE_MS;
  if (is('keyring')) backend.status.keyring = 'missing';
  if (is('troubled')) {
    backend.status.historyProblem = { code: 'historyUnavailable' };
    backend.status.notificationProblem = { code: 'noNotificationServer' };
  }
  if (is('demo')) {
    backend.status.demo = { account: 'home@example.com', password: 'laundry-day' };
  }
  if (is('exposed')) backend.defaults = exampleDefaults({ hubUrl: 'http://hub.example.com:5010' });
  if (is('failed')) {
    backend.failing.set('historyPage', { code: 'historyUnavailable' });
    backend.failing.set('home', { code: 'historyUnavailable' });
  }
  if (is('loading')) backend.silent.add('historyPage').add('home');
  if (is('wrong')) backend.failing.set('signIn', { code: 'wrongSignIn' });
  if (is('keys')) backend.failing.set('signIn', { code: 'keysRefused' });
  if (is('terms')) backend.failing.set('signIn', { code: 'terms' });
  if (is('slow')) backend.silent.add('signIn');
  if (is('lost')) setTimeout(() => backend.linkIs('lost'), 500);
  Object.assign(window, { backend });
  return backend;
}

/** The address decides, so that a reload shows what was shown. */
function viewOf(place: Place | null): View | null {
  if (place === null) return null;
  if (place.route !== 'devices' || place.item === null) return { view: place.route };
  return { view: 'devices', device: place.item };
}

function eventsOf(days: number, now: number): HistoryEvent[] {
  const all: HistoryEvent[] = [];
  for (let day = 0; day < days; day += 1) {
    for (const [minutesAgo, code, deviceName, deviceType, severity, category] of DAY) {
      all.push(
        exampleEvent({
          id: days * DAY.length - all.length,
          receivedAtMs: now - (minutesAgo + day * 1_950) * MINUTE_MS,
          code,
          deviceName,
          deviceType,
          severity,
          category,
          isRead: all.length > 2,
        }),
      );
    }
  }
  return all;
}
