// Calendar days, written `YYYY-MM-DD`. Pure: the time zone is given.

const DAY_MS = 86_400_000;

/** A day that exists, in a year with four digits. */
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

/** The first moment of a day in `timeZone`; where the clocks skip midnight, the first there is. */
export function startOfDay(day: string, timeZone: string): number {
  const asUtc = utcMidnight(day);
  // The clocks may change between UTC's midnight and the one looked for.
  const guess = asUtc - offsetAt(asUtc, timeZone);
  return asUtc - offsetAt(guess, timeZone);
}

/** Milliseconds that the clocks of `timeZone` are ahead of UTC. */
function offsetAt(atMs: number, timeZone: string): number {
  // Swedish writes dates the ISO way.
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
