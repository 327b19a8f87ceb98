// Actions on the whole history: its size, and the export, import and deletion jobs.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { ExportFormat } from '$lib/contract/ExportFormat';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { HistorySize } from '$lib/contract/HistorySize';
import type { Job } from '$lib/contract/Job';
import type { Problem } from '$lib/contract/Problem';

export class Keeping {
  size = $state.raw<HistorySize | null>(null);
  /** The running job, or the result of the last one until dismissed. */
  job = $state.raw<Job | null>(null);
  /** Reason why a job could not start. */
  problem = $state.raw<Problem | null>(null);
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get isBusy(): boolean {
    return this.job?.state.state === 'running';
  }

  async measure(): Promise<void> {
    try {
      const { size } = await answerTo(this.#backend, { ask: 'historySize' }, 'historySize');
      this.size = size;
    } catch {
      this.size = null;
    }
  }

  exportTo(format: ExportFormat, filter: HistoryFilter): Promise<void> {
    return this.#begin(() => this.#backend.exportHistory(filter, format));
  }

  importFrom(): Promise<void> {
    return this.#begin(() => this.#backend.importHistory());
  }

  delete(filter: HistoryFilter): Promise<void> {
    return this.#begin(() => answerTo(this.#backend, { ask: 'historyDelete', filter }, 'done'));
  }

  /** The result arrives as a job update. */
  cancel(): Promise<void> {
    return this.#begin(() => answerTo(this.#backend, { ask: 'jobCancel' }, 'done'));
  }

  jobIs(job: Job): void {
    this.job = job;
    this.problem = null;
    if (job.state.state !== 'running') void this.measure();
  }

  dismiss(): void {
    this.problem = null;
    if (!this.isBusy) this.job = null;
  }

  async #begin(ask: () => Promise<unknown>): Promise<void> {
    this.problem = null;
    try {
      await ask();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
