// Date and time formatting. Pure: language, time zone, clock format and current time are
// parameters.

import type { HourClock } from './contract/HourClock';
import type { Language } from './words';

/** Locale and current time of the user. */
export interface Present {
  nowMs: number;
  timeZone: string;
  /** The user's clock format; until known, the default of the language. */
  hours?: HourClock | undefined;
}

/** Some versions of the locale data contain these in English. */
const KOREAN_HALVES: Partial<Record<string, string>> = { AM: '오전', PM: '오후' };

const TIME = { hour: 'numeric', minute: '2-digit' } as const;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached: creating a format costs more than a hundred uses, and a long list needs few. */
function format(language: string, options: Intl.DateTimeFormatOptions, atMs: number): string {
  const key = `${language} ${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(language, options);
    formats.set(key, made);
  }
  if (language !== 'ko' || made.resolvedOptions().hour12 !== true) return made.format(atMs);
  const parts = made.formatToParts(atMs);
  return parts.map(({ value }) => KOREAN_HALVES[value] ?? value).join('');
}

function hourCycle(hours: HourClock | undefined): Intl.DateTimeFormatOptions {
  switch (hours) {
    case undefined:
      return {};
    case 'h12':
      return { hourCycle: 'h12' };
    case 'h24':
      return { hourCycle: 'h23' };
  }
}

/** The calendar day in `timeZone`, as `YYYY-MM-DD`. */
export function dayOf(atMs: number, timeZone: string): string {
  // The Swedish locale uses the ISO format.
  return format('sv-SE', { timeZone, dateStyle: 'short' }, atMs);
}

/** Formats with a time of day, in the user's clock format. */
function formatTime(
  language: Language,
  options: Intl.DateTimeFormatOptions,
  { timeZone, hours }: Omit<Present, 'nowMs'>,
  atMs: number,
): string {
  return format(language, { ...options, timeZone, ...hourCycle(hours) }, atMs);
}

export function clockTime(atMs: number, language: Language, place: Omit<Present, 'nowMs'>): string {
  return formatTime(language, TIME, place, atMs);
}

/** Time of day for today; includes the date for other days. */
export function shortMoment(atMs: number, language: Language, present: Present): string {
  const { nowMs, timeZone } = present;
  if (dayOf(atMs, timeZone) === dayOf(nowMs, timeZone)) return clockTime(atMs, language, present);
  return formatTime(language, { month: 'short', day: 'numeric', ...TIME }, present, atMs);
}

/** Full date and time, with seconds. */
export function fullMoment(
  atMs: number,
  language: Language,
  place: Omit<Present, 'nowMs'>,
): string {
  return formatTime(language, { dateStyle: 'long', timeStyle: 'medium' }, place, atMs);
}

/** A calendar day as a heading, without the current year. `day` is `YYYY-MM-DD`. */
export function dayName(day: string, language: Language, today: string): string {
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return format(
    language,
    {
      timeZone: 'UTC',
      weekday: 'long',
      month: 'long',
      day: 'numeric',
      ...(isThisYear ? {} : { year: 'numeric' }),
    },
    Date.parse(`${day}T00:00:00Z`),
  );
}

export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The day of a timestamp, with the year unless it is the current one. */
export function shortDay(atMs: number, language: Language, { nowMs, timeZone }: Present): string {
  const isThisYear = dayOf(atMs, timeZone).slice(0, 4) === dayOf(nowMs, timeZone).slice(0, 4);
  return format(
    language,
    { timeZone, month: 'short', day: 'numeric', ...(isThisYear ? {} : { year: 'numeric' }) },
    atMs,
  );
}

/** A short calendar day, for scales and tables. */
export function numericDay(day: string, language: Language): string {
  const options = { timeZone: 'UTC', month: 'numeric', day: 'numeric' } as const;
  return format(language, options, Date.parse(`${day}T00:00:00Z`));
}

/** A day, `YYYY-MM-DD`, or a month, `YYYY-MM`, for scales and tables. */
export function periodName(period: string, language: Language): string {
  const isMonth = period.length === 'YYYY-MM'.length;
  const options: Intl.DateTimeFormatOptions = isMonth ? { year: 'numeric' } : { day: 'numeric' };
  const first = isMonth ? `${period}-01` : period;
  return format(
    language,
    { ...options, timeZone: 'UTC', month: 'short' },
    Date.parse(`${first}T00:00:00Z`),
  );
}

/** 0 is Monday. */
export function weekdayName(
  weekday: number,
  language: Language,
  weekdayStyle: 'long' | 'short' = 'long',
): string {
  // 5 January 1970 was a Monday.
  return format(language, { timeZone: 'UTC', weekday: weekdayStyle }, (4 + weekday) * 86_400_000);
}

/** Hour of the day, for scales. */
export function hourName(hour: number, language: Language, hours?: HourClock): string {
  return formatTime(language, { hour: 'numeric' }, { timeZone: 'UTC', hours }, hour * 3_600_000);
}
