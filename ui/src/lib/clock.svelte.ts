// Current time for relative dates.

import type { HourClock } from './contract/HourClock';
import type { Present } from './moment';

const MINUTE_MS = 60_000;

export class Clock implements Present {
  nowMs = $state(Date.now());
  hours = $state.raw<HourClock>();
  readonly timeZone: string;

  constructor(timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone) {
    this.timeZone = timeZone;
  }

  /** Updates the time until the returned function is called. */
  run(): () => void {
    const read = () => (this.nowMs = Date.now());
    const timer = setInterval(read, MINUTE_MS);
    document.addEventListener('visibilitychange', read);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', read);
    };
  }
}
