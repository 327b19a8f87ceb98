// The history as it is shown: the pages read so far, what is searched for, and what arrives live.

import { answerTo, problemOf, type Backend } from '$lib/backend';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryPage } from '$lib/contract/HistoryPage';
import type { Problem } from '$lib/contract/Problem';
import type { Told } from '$lib/contract/Told';

import { withNewest, withOlder } from './history';

export const PAGE_SIZE = 50;
/** The most that the resident program answers at once. */
const LARGEST_PAGE = 500;

export class History {
  events = $state.raw<readonly HistoryEvent[]>([]);
  hasMore = $state(false);
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  problem = $state.raw<Problem | null>(null);
  isLoadingMore = $state(false);
  /** What is searched for; empty shows everything. */
  search = $state('');
  readonly #backend: Backend;
  #newestId = 0;
  /** Answers to older questions are dropped. */
  #question = 0;
  #isReading = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get isFiltered(): boolean {
    return this.search !== '';
  }

  async load(): Promise<void> {
    this.phase = 'loading';
    await this.#read(PAGE_SIZE);
  }

  /** Reads again what is shown, without showing that it does. */
  async reload(): Promise<void> {
    await this.#read(Math.min(Math.max(this.events.length, PAGE_SIZE), LARGEST_PAGE));
  }

  async searchFor(text: string): Promise<void> {
    if (text.trim() === this.search) return;
    this.search = text.trim();
    await this.#read(PAGE_SIZE);
  }

  async loadMore(): Promise<void> {
    const oldest = this.events.at(-1);
    if (!this.hasMore || this.isLoadingMore || oldest === undefined) return;
    this.isLoadingMore = true;
    const question = this.#question;
    try {
      const page = await this.#page(PAGE_SIZE, oldest.id);
      if (question !== this.#question) return;
      this.events = withOlder(this.events, page.events);
      this.hasMore = page.hasMore;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.isLoadingMore = false;
    }
  }

  /** Reads the next page when `id` is the last event, so that one can go on from there. */
  async readBeyond(id: number): Promise<void> {
    if (this.events.at(-1)?.id === id) await this.loadMore();
  }

  /** Marks at once on screen; a refusal is undone by reading again. */
  async markRead(id: number): Promise<void> {
    const event = this.events.find((shown) => shown.id === id);
    if (event?.isRead) return;
    this.#markShown((shown) => shown.id === id);
    await this.#mark({ ask: 'eventsMark', ids: [id], isRead: true });
  }

  /** Up to the newest event that was told or read: one that arrives meanwhile stays unread. */
  async markAllRead(): Promise<void> {
    if (this.#newestId === 0) return;
    this.#markShown(() => true);
    await this.#mark({ ask: 'eventsMarkAllRead', upTo: this.#newestId });
  }

  told(told: Told): void {
    switch (told.told) {
      case 'eventAdded':
        this.#newestId = Math.max(this.#newestId, told.event.id);
        if (!this.isFiltered) this.events = withNewest(this.events, told.event);
        // While filtered, only the store can tell whether the event belongs here; and an answer that
        // is on its way may be older than the event.
        if (this.isFiltered || this.#isReading) void this.reload();
        break;
      case 'historyChanged':
        void this.reload();
        break;
      case 'statusChanged':
      case 'homeChanged':
      case 'jobChanged':
      case 'settingsChanged':
      case 'show':
      case 'quitting':
        break;
    }
  }

  /** The neighbours of an event in what is shown. */
  around(id: number): { newer: number | undefined; older: number | undefined } {
    const at = this.events.findIndex((event) => event.id === id);
    if (at < 0) return { newer: undefined, older: undefined };
    return { newer: this.events[at - 1]?.id, older: this.events[at + 1]?.id };
  }

  async #read(limit: number): Promise<void> {
    const question = ++this.#question;
    this.#isReading = true;
    try {
      const page = await this.#page(limit);
      if (question !== this.#question) return;
      this.events = page.events;
      this.#newestId = Math.max(this.#newestId, page.events[0]?.id ?? 0);
      this.hasMore = page.hasMore;
      this.problem = null;
      this.phase = 'ready';
    } catch (error) {
      if (question !== this.#question) return;
      this.problem = problemOf(error);
      // What was read before stays in sight; the notices above say what is wrong.
      if (this.phase !== 'ready') this.phase = 'failed';
    } finally {
      if (question === this.#question) this.#isReading = false;
    }
  }

  async #page(limit: number, before?: number): Promise<HistoryPage> {
    const { page } = await answerTo(
      this.#backend,
      {
        ask: 'historyPage',
        limit,
        ...(before === undefined ? {} : { before }),
        filter: this.isFiltered ? { text: this.search } : {},
      },
      'historyPage',
    );
    return page;
  }

  #markShown(isMarked: (event: HistoryEvent) => boolean): void {
    this.events = this.events.map((event) =>
      isMarked(event) && !event.isRead ? { ...event, isRead: true } : event,
    );
  }

  async #mark(request: Parameters<Backend['ask']>[0]): Promise<void> {
    try {
      await answerTo(this.#backend, request, 'done');
    } catch {
      await this.reload();
    }
  }
}
