// Parsing of times of day, and days of the week. Pure.

import type { HourClock } from '$lib/contract/HourClock';
import type { QuietHours } from '$lib/contract/QuietHours';
import type { Weekday } from '$lib/contract/Weekday';
import { clockTime } from '$lib/moment';
import type { Language } from '$lib/words';

export const WEEKDAYS: readonly Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;
export const LAST_MINUTE = DAY_MINUTES - 1;
/** A Monday. */
const MONDAY_MS = Date.UTC(2026, 0, 5);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A pause without an end is stored as the maximum time. */
const NEVER_MS = Date.UTC(3000, 0);

/** Hour and minute, without AM or PM. */
const TIME = /^(\d{1,2})(?:[:.]?(\d{2})|\s?시(?:\s?(\d{1,2})분)?)?$/u;
const HALF_HOURS = 12;
/** Step of the arrow keys. */
const STEP_MINUTES = 15;

/** In the user's clock format: `22:00`, `10:00 PM` or `오후 10:00`. */
export function timeFrom(minute: number, language: Language, hours: HourClock | undefined): string {
  return clockTime(MONDAY_MS + minute * MINUTE_MS, language, { timeZone: 'UTC', hours });
}

/**
 * Parses input in either language and any clock format: `22:00`, `2205`, `7`, `10:30 pm`, `오후 10시
 * 30분`. Returns `null` for invalid input.
 */
export function minuteOf(time: string): number | null {
  const half = time.match(/[ap]\.?\s?m\.?|오전|오후/iu)?.[0] ?? '';
  const digits = time.replace(half, '').trim();
  const parts = TIME.exec(digits);
  if (parts === null) return null;
  const hour = hourOf(Number(parts[1]), half);
  const minutes = Number(parts[2] ?? parts[3] ?? 0);
  return hour !== null && minutes < HOUR_MINUTES ? hour * HOUR_MINUTES + minutes : null;
}

function hourOf(hour: number, half: string): number | null {
  if (hour * HOUR_MINUTES >= DAY_MINUTES) return null;
  if (half === '') return hour;
  const isMorning = /^(?:a|오전)/iu.test(half);
  if (hour > HALF_HOURS) return isMorning ? null : hour;
  return (hour % HALF_HOURS) + (isMorning ? 0 : HALF_HOURS);
}

/** The next or previous quarter of an hour; wraps around midnight. */
export function stepped(minute: number, direction: 1 | -1): number {
  const steps = minute / STEP_MINUTES;
  const next = direction === 1 ? Math.floor(steps) + 1 : Math.ceil(steps) - 1;
  return (next * STEP_MINUTES + DAY_MINUTES) % DAY_MINUTES;
}

export function isOverMidnight({ fromMinute, untilMinute }: QuietHours): boolean {
  return untilMinute <= fromMinute;
}

export function withWeekday(
  weekdays: readonly Weekday[],
  weekday: Weekday,
  isOn: boolean,
): Weekday[] {
  return WEEKDAYS.filter((each) => (each === weekday ? isOn : weekdays.includes(each)));
}

export function weekdayName(
  weekday: Weekday,
  language: Language,
  width: 'short' | 'long' = 'long',
): string {
  const atMs = MONDAY_MS + WEEKDAYS.indexOf(weekday) * DAY_MS;
  return new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' }).format(atMs);
}

/** Whether a pause has no end. */
export function isEndless(pausedUntilMs: number): boolean {
  return pausedUntilMs >= NEVER_MS;
}
