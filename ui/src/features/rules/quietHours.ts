// Times of day as people type them, and the days of the week. Pure.

import type { QuietHours } from '$lib/contract/QuietHours';
import type { Weekday } from '$lib/contract/Weekday';
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
/** A Monday. */
const MONDAY_MS = Date.UTC(2026, 0, 5);
const DAY_MS = 86_400_000;
/** Paused until somebody switches notifications on again is written as an end that never comes. */
const NEVER_MS = Date.UTC(3000, 0);

/** `22:00`, as a field for times of day takes it. */
export function timeFrom(minute: number): string {
  const hour = Math.floor(minute / HOUR_MINUTES);
  return `${String(hour).padStart(2, '0')}:${String(minute % HOUR_MINUTES).padStart(2, '0')}`;
}

/** Reads `22:00`, `7:05`, `2205` and `7`; `null` for what is no time of day. */
export function minuteOf(time: string): number | null {
  const parts = /^(\d{1,2})(?:[:.]?(\d{2}))?$/u.exec(time.trim());
  if (parts === null) return null;
  const minutes = Number(parts[2] ?? 0);
  const minute = Number(parts[1]) * HOUR_MINUTES + minutes;
  return minutes < HOUR_MINUTES && minute < DAY_MINUTES ? minute : null;
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

/** Whether a pause has no end but that somebody ends it. */
export function isEndless(pausedUntilMs: number): boolean {
  return pausedUntilMs >= NEVER_MS;
}
