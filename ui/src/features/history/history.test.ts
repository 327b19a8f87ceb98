import { describe, expect, test } from 'vitest';

import { Words } from '$lib/words';
import { exampleEvent } from '../../testing/fakeBackend';

import { daysBegun, deviceOf, titleOf, withNewer, withNewest, withOlder } from './history';

const words = new Words('en');
const ids = (events: readonly { id: number }[]) => events.map(({ id }) => id);

function eventAt(iso: string, id = 1) {
  return exampleEvent({ id, receivedAtMs: Date.parse(iso) });
}

describe('daysBegun', () => {
  test('no events make no days', () => {
    expect(daysBegun([], 'UTC').size).toBe(0);
  });

  test('only the first event of a day begins it', () => {
    const evening = eventAt('2026-03-02T20:00:00Z', 3);
    const morning = eventAt('2026-03-02T08:00:00Z', 2);
    const dayBefore = eventAt('2026-03-01T12:00:00Z', 1);

    expect([...daysBegun([evening, morning, dayBefore], 'UTC')]).toEqual([
      [3, '2026-03-02'],
      [1, '2026-03-01'],
    ]);
  });

  test.each([
    ['UTC', '2026-03-01'],
    ['Asia/Seoul', '2026-03-02'],
    ['America/New_York', '2026-03-01'],
  ])('a day begins at midnight in %s', (timeZone, day) => {
    expect(daysBegun([eventAt('2026-03-01T20:30:00Z')], timeZone).get(1)).toBe(day);
  });
});

test('an event that is already shown is not added again', () => {
  const shown = [exampleEvent({ id: 2 }), exampleEvent({ id: 1 })];

  expect(ids(withNewest(shown, exampleEvent({ id: 3 })))).toEqual([3, 2, 1]);
  expect(ids(withNewest(shown, exampleEvent({ id: 2 })))).toEqual([2, 1]);
});

test('events that overtake each other stand in the order of their ids', () => {
  const shown = [exampleEvent({ id: 3 }), exampleEvent({ id: 1 })];

  expect(ids(withNewest(shown, exampleEvent({ id: 2 })))).toEqual([3, 2, 1]);
});

test('an older page brings nothing twice', () => {
  const shown = [exampleEvent({ id: 3 }), exampleEvent({ id: 2 })];
  const page = [exampleEvent({ id: 2 }), exampleEvent({ id: 1 })];

  expect(ids(withOlder(shown, page))).toEqual([3, 2, 1]);
});

test('a newer page brings nothing twice', () => {
  const shown = [exampleEvent({ id: 2 }), exampleEvent({ id: 1 })];
  const page = [exampleEvent({ id: 3 }), exampleEvent({ id: 2 })];

  expect(ids(withNewer(shown, page))).toEqual([3, 2, 1]);
});

test.each([
  [exampleEvent(), words.text('push-WASHING_IS_COMPLETE')],
  [exampleEvent({ code: 'SOME_NEW_CODE' }), 'Some new code'],
  [exampleEvent({ code: '' }), 'There is news from the appliance'],
  [exampleEvent({ kind: 'registered' }), 'Laundry was added to your LG account'],
  [
    exampleEvent({ kind: 'unregistered', deviceName: '', deviceType: null }),
    'Unknown appliance was removed from your LG account',
  ],
  [exampleEvent({ kind: 'renamed', text: 'Loft' }), 'Now called Loft'],
  [exampleEvent({ kind: 'text', text: 'Hello' }), 'A message arrived'],
  [
    exampleEvent({
      kind: 'gap',
      receivedAtMs: Date.UTC(2026, 10, 22, 13, 20),
      gap: { fromMs: Date.UTC(2026, 10, 22, 13, 2), reason: 'asleep' },
    }),
    'Not connected from 1:02 PM to 1:20 PM: the computer slept',
  ],
])('every kind of event has a title', (event, title) => {
  const present = { nowMs: Date.UTC(2026, 10, 22, 18), timeZone: 'UTC' };
  expect(titleOf(event, words, present)).toBe(title);
});

test.each([
  ['Laundry', 'DEVICE_WASHER', 'Laundry'],
  ['', 'DEVICE_WASHER', 'Washer'],
  ['', 'DEVICE_MOON_LAMP', 'Moon lamp'],
  ['', null, ''],
])('the device %j of type %j is shown as %j', (deviceName, deviceType, shown) => {
  expect(deviceOf(exampleEvent({ deviceName, deviceType }), words)).toBe(shown);
});
