// Calendar days as `YYYY-MM-DD`. Pure: the time zone is a parameter.

const DAY_MS = 86_400_000;

/** An existing day in a year with four digits. */
export function isDay(text: string): boolean {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/u.test(text) &&
    !Number.isNaN(atMs) &&
    new Date(atMs).toISOString().startsWith(text)
  );
}

export function addDays(day: string, days: number): string {
  return new Date(utcMidnight(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 for Monday. */
export function weekdayOf(day: string): number {
  return (new Date(utcMidnight(day)).getUTCDay() + 6) % 7;
}

/** Start of a day in `timeZone`; where a clock change skips midnight, the first existing time. */
export function startOfDay(day: string, timeZone: string): number {
  const asUtc = utcMidnight(day);
  // The offset may change between midnight UTC and the result.
  const guess = asUtc - offsetAt(asUtc, timeZone);
  return asUtc - offsetAt(guess, timeZone);
}

/** Offset of `timeZone` from UTC in milliseconds. */
function offsetAt(atMs: number, timeZone: string): number {
  // The Swedish locale uses the ISO format.
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(atMs);
  return Date.parse(`${local.replace(' ', 'T')}Z`) - Math.floor(atMs / 1000) * 1000;
}

function utcMidnight(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
