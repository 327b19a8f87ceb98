// Number of events for each choice of the filter.

import { answerTo, type Backend } from '$lib/backend';
import type { HistoryCounts } from '$lib/contract/HistoryCounts';
import type { Present } from '$lib/moment';

import {
  activeParts,
  NAMED_PERIODS,
  questionOf,
  without,
  type Filter,
  type NamedPeriod,
  type Part,
} from './filter';

const REST_MS = 300;

export interface Loosening {
  part: Part;
  count: number;
}

export class Counts {
  /** `null` until loaded. */
  shown = $state.raw<HistoryCounts | null>(null);
  /** Counts of the predefined periods with the other filters applied; loaded on demand. */
  periods = $state.raw<Partial<Record<NamedPeriod | 'always', number>>>({});
  readonly #backend: Backend;
  readonly #present: Present;
  /** Responses to older requests are dropped. */
  #question = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend, present: Present) {
    this.#backend = backend;
    this.#present = present;
  }

  async ask(filter: Filter): Promise<void> {
    clearTimeout(this.#timer);
    const question = ++this.#question;
    this.periods = {};
    const counts = await this.#counts(filter);
    // Outdated numbers are not shown after a failure.
    if (question === this.#question) this.shown = counts;
  }

  /** Batches simultaneous changes into one request. */
  askSoon(filter: Filter): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(filter), REST_MS);
  }

  async askPeriods(filter: Filter): Promise<void> {
    const question = this.#question;
    const of = ['always', ...NAMED_PERIODS] as const;
    const totals = await Promise.all(
      of.map((period) => this.#counts({ ...filter, period: { of: period } })),
    );
    if (question !== this.#question) return;
    this.periods = Object.fromEntries(
      of.flatMap((period, at) => {
        const total = totals[at]?.total;
        return total === undefined ? [] : [[period, total]];
      }),
    );
  }

  async total(filter: Filter): Promise<number | null> {
    return (await this.#counts(filter))?.total ?? null;
  }

  /** Events excluded by each part of the filter, for an empty result. */
  async loosenings(filter: Filter): Promise<Loosening[]> {
    const parts = activeParts(filter);
    const counts = await Promise.all(parts.map((part) => this.#counts(without(filter, part))));
    return parts.map((part, at) => ({ part, count: counts[at]?.total ?? 0 }));
  }

  async #counts(filter: Filter): Promise<HistoryCounts | null> {
    try {
      const { counts } = await answerTo(
        this.#backend,
        { ask: 'historyCounts', filter: questionOf(filter, this.#present) },
        'historyCounts',
      );
      return counts;
    } catch {
      // The list reports problems with the history; here the numbers are omitted.
      return null;
    }
  }
}
