// Data of the history charts.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { HistoryStatistics } from '$lib/contract/HistoryStatistics';
import type { Maintenance } from '$lib/contract/Maintenance';
import type { Problem } from '$lib/contract/Problem';
import { dayOf, type Present } from '$lib/moment';

import { addDays, startOfDay } from './days';

export const SPANS = { month: 30, quarter: 91, year: 365 } as const;
export type Span = keyof typeof SPANS;

export class Overview {
  span = $state<Span>('month');
  shown = $state.raw<HistoryStatistics | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #backend: Backend;
  readonly #present: Present;
  /** Responses to older requests are dropped. */
  #question = 0;

  constructor(backend: Backend, present: Present) {
    this.#backend = backend;
    this.#present = present;
  }

  async load(span = this.span): Promise<void> {
    const question = ++this.#question;
    this.span = span;
    const { timeZone, nowMs } = this.#present;
    const tomorrow = addDays(dayOf(nowMs, timeZone), 1);
    const fromMs = startOfDay(addDays(tomorrow, -SPANS[span]), timeZone);
    const untilMs = startOfDay(tomorrow, timeZone);
    try {
      const { statistics } = await answerTo(
        this.#backend,
        { ask: 'historyStatistics', fromMs, untilMs },
        'historyStatistics',
      );
      if (question !== this.#question) return;
      this.shown = statistics;
      this.problem = null;
    } catch (error) {
      if (question === this.#question) this.problem = problemOf(error);
    }
  }

  async mark({ deviceId, code }: Maintenance, isDone: boolean): Promise<void> {
    try {
      await answerTo(this.#backend, { ask: 'maintenanceMark', deviceId, code, isDone }, 'done');
      await this.load();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
