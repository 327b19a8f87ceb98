// Times as people read them. Pure: language, time zone and the present are given.

import type { Language } from './words';

/** Where and when the reader is. */
export interface Present {
  nowMs: number;
  timeZone: string;
}

/** The calendar day in `timeZone`, as `YYYY-MM-DD`. */
export function dayOf(atMs: number, timeZone: string): string {
  // Swedish writes dates the ISO way.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(atMs);
}

export function clockTime(atMs: number, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(language, { timeZone, hour: 'numeric', minute: '2-digit' }).format(
    atMs,
  );
}

/** Only the time of day for today, with the date for other days. */
export function shortMoment(
  atMs: number,
  language: Language,
  { nowMs, timeZone }: Present,
): string {
  if (dayOf(atMs, timeZone) === dayOf(nowMs, timeZone)) return clockTime(atMs, language, timeZone);
  return new Intl.DateTimeFormat(language, {
    timeZone,
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  }).format(atMs);
}

/** Everything, with seconds. */
export function fullMoment(atMs: number, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(language, {
    timeZone,
    dateStyle: 'long',
    timeStyle: 'medium',
  }).format(atMs);
}

/** A calendar day as a heading, without the year while it is this year. `day` is `YYYY-MM-DD`. */
export function dayName(day: string, language: Language, today: string): string {
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return new Intl.DateTimeFormat(language, {
    timeZone: 'UTC',
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(Date.parse(`${day}T00:00:00Z`));
}

export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
