import { describe, expect, test } from 'vitest';

import { exampleEvent, NOW_MS } from '../../testing/fakeBackend';

import { addDays, isDay, startOfDay, weekdayOf } from './days';
import { activeParts, NO_FILTER, PARTS, questionOf, takes, without, type Filter } from './filter';
import { addressOf, placeAt } from './filterAddress';

const SEOUL = { nowMs: NOW_MS, timeZone: 'Asia/Seoul' };

const FULL: Filter = {
  text: '세탁 & 건조',
  deviceIds: ['washer/1', 'b'],
  categories: ['failed', 'safety'],
  severities: ['error'],
  isUnread: true,
  period: { of: 'own', from: '2026-01-02', until: '2026-03-04' },
};

describe('the address', () => {
  test.each<[string, Filter]>([
    ['nothing', NO_FILTER],
    ['everything at once', FULL],
    ['a named period', { ...NO_FILTER, period: { of: 'week' } }],
    [
      'a period that is open at an end',
      { ...NO_FILTER, period: { of: 'own', from: '', until: '2026-01-01' } },
    ],
  ])('keeps %s', (_, filter) => {
    const place = { filter, side: 'overview' as const };

    expect(placeAt(addressOf(place))).toEqual(place);
  });

  test('of no filter is as short as can be', () => {
    expect(addressOf({ filter: NO_FILTER, side: 'events' })).toBe('#/history');
  });

  test.each(['', '#/now', '#/historyx', '#/devices/history'])(
    'of another view says nothing: %j',
    (hash) => {
      expect(placeAt(hash)).toBeNull();
    },
  );

  test('leaves out what makes no sense', () => {
    const place = placeAt(
      '#/history?kind=weather&severity=&device=&from=2026-02-30&period=ages&side=x',
    );

    expect(place).toEqual({ filter: NO_FILTER, side: 'events' });
  });
});

describe('the question', () => {
  test('says nothing of what is not narrowed', () => {
    expect(questionOf(NO_FILTER, SEOUL)).toEqual({});
  });

  test('counts days of the own period in the time zone of the reader, the last one included', () => {
    expect(questionOf(FULL, SEOUL)).toEqual({
      text: '세탁 & 건조',
      deviceIds: ['washer/1', 'b'],
      categories: ['failed', 'safety'],
      severities: ['error'],
      isUnread: true,
      fromMs: Date.parse('2026-01-01T15:00:00Z'),
      untilMs: Date.parse('2026-03-04T15:00:00Z'),
    });
  });

  test.each([
    ['today', '2026-11-21T15:00:00Z'],
    ['week', '2026-11-15T15:00:00Z'],
    ['month', '2026-10-23T15:00:00Z'],
  ] as const)('of the period %s begins at %s', (of, from) => {
    expect(questionOf({ ...NO_FILTER, period: { of } }, SEOUL)).toEqual({
      fromMs: Date.parse(from),
    });
  });
});

test('every part can be taken away, and only that one', () => {
  expect(activeParts(FULL)).toEqual(PARTS);
  for (const part of PARTS) {
    expect(activeParts(without(FULL, part))).toEqual(PARTS.filter((each) => each !== part));
  }
});

test.each([
  [{}, true],
  [{ deviceIds: ['washer-1'] }, true],
  [{ deviceIds: ['dryer-1'] }, false],
  [{ categories: ['failed' as const] }, false],
  [{ severities: ['info' as const] }, true],
  [{ isUnread: true }, false],
  [{ fromMs: NOW_MS }, true],
  [{ untilMs: NOW_MS }, false],
])('an event that arrives fits %j: %s', (question, isTaken) => {
  expect(takes(question, exampleEvent())).toBe(isTaken);
});

describe('days', () => {
  test.each([
    ['2026-11-22', 'Asia/Seoul', '2026-11-21T15:00:00Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00Z'],
  ])('%s begins in %s at %s', (day, timeZone, at) => {
    expect(new Date(startOfDay(day, timeZone)).toISOString()).toBe(at.replace('Z', '.000Z'));
  });

  test('are counted over the ends of months and years', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
    expect(weekdayOf('2026-11-23')).toBe(0);
    expect(weekdayOf('2026-11-22')).toBe(6);
  });

  test.each([
    ['2026-02-28', true],
    ['2026-02-29', false],
    ['2026-2-1', false],
    ['12026-01-01', false],
    ['', false],
  ])('%j is a day: %s', (text, isOne) => {
    expect(isDay(text)).toBe(isOne);
  });
});
