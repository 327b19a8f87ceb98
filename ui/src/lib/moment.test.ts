import { expect, test } from 'vitest';

import { clockTime, fullMoment, hourName, shortMoment } from './moment';

const atMs = Date.parse('2026-11-22T15:05:00Z');
const midnightMs = Date.parse('2026-11-22T00:05:00Z');
const present = { nowMs: atMs, timeZone: 'UTC' };

/** Some versions of the locale data use a narrow space before AM. */
const plain = (text: string) => text.replace(/\u202f/gu, ' ');

test('times are written by the clock that the system goes by, in either language', () => {
  const times = (language: 'en' | 'ko', hours: 'h12' | 'h24') =>
    [midnightMs, atMs].map((ms) => plain(clockTime(ms, language, { ...present, hours })));

  expect(times('en', 'h12')).toEqual(['12:05 AM', '3:05 PM']);
  expect(times('en', 'h24')).toEqual(['00:05', '15:05']);
  expect(times('ko', 'h12')).toEqual(['오전 12:05', '오후 3:05']);
  expect(times('ko', 'h24')).toEqual(['00:05', '15:05']);
});

test('another day, all of a moment and the hours of a scale go by the same clock', () => {
  const later = { nowMs: atMs + 86_400_000, timeZone: 'UTC' };

  expect(plain(shortMoment(atMs, 'en', { ...later, hours: 'h12' }))).toBe('Nov 22, 3:05 PM');
  expect(shortMoment(atMs, 'en', { ...later, hours: 'h24' })).toBe('Nov 22, 15:05');
  expect(shortMoment(atMs, 'ko', { ...later, hours: 'h12' })).toBe('11월 22일 오후 3:05');
  expect(fullMoment(atMs, 'en', { timeZone: 'UTC', hours: 'h24' })).toContain('15:05:00');
  expect(plain(fullMoment(atMs, 'en', { timeZone: 'UTC', hours: 'h12' }))).toContain('3:05:00 PM');
  expect(hourName(0, 'en', 'h24')).toBe('00');
  expect(plain(hourName(0, 'en', 'h12'))).toBe('12 AM');
});

test('until the clock is known, the language decides', () => {
  expect(plain(clockTime(atMs, 'en', { timeZone: 'UTC' }))).toBe('3:05 PM');
});
