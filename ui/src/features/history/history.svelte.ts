// The history as it is shown: a stretch of it at bounded memory, what it is narrowed to, and what
// arrives live.

import { tick } from 'svelte';

import { answerTo, problemOf, type Backend } from '$lib/backend';
import { Clock } from '$lib/clock.svelte';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { HistoryPage } from '$lib/contract/HistoryPage';
import type { Problem } from '$lib/contract/Problem';
import type { Told } from '$lib/contract/Told';
import type { Present } from '$lib/moment';

import { Counts } from './counts.svelte';
import {
  isFiltering,
  NO_FILTER,
  questionOf,
  takes,
  without,
  type Filter,
  type Part,
} from './filter';
import { withNewer, withNewest, withOlder } from './history';
import { Keeping } from './keeping.svelte';
import type { ScrollPosition } from './scrollPosition';

export const PAGE_SIZE = 50;
/** The most that the resident program answers at once. */
const LARGEST_PAGE = 500;
/** So many events are kept; beyond them the far end is let go and read again when it is needed. */
export const MOST_ROWS = 1000;

/** Where in the history a page is read. */
type From = { before?: number; after?: number };

/** A part of the history, newest first. */
interface Stretch {
  events: readonly HistoryEvent[];
  hasNewer: boolean;
  hasOlder: boolean;
}

export class History {
  /** Newest first. */
  events = $state.raw<readonly HistoryEvent[]>([]);
  /** Whether the last change of `events` was at their newest end, for the list to stay in place. */
  isChangedAtStart = $state(false);
  hasOlder = $state(false);
  /** Events above the first one are not in `events`. */
  hasNewer = $state(false);
  /** How many, as far as it is known. */
  above = $state(0);
  /** Arrived above what is being read, since then. */
  fresh = $state(0);
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  problem = $state.raw<Problem | null>(null);
  isReadingOn = $state(false);
  filter = $state.raw<Filter>(NO_FILTER);
  /** Grows with everything that was told about the history. */
  changes = $state(0);
  /** Where the list is to be shown; the list takes it, and leaves it when it goes. */
  scrollPosition = $state.raw<ScrollPosition | null>(null);
  /** The list says whether its newest event is in sight: then others may push it down. */
  isAtTop = true;
  readonly counts: Counts;
  readonly keeping: Keeping;
  readonly backend: Backend;
  readonly present: Present;
  #newestId = 0;
  /** Answers to older questions are dropped. */
  #question = 0;
  #isReading = false;

  constructor(backend: Backend, present: Present = new Clock()) {
    this.backend = backend;
    this.present = present;
    this.counts = new Counts(backend, present);
    this.keeping = new Keeping(backend);
  }

  get isFiltered(): boolean {
    return isFiltering(this.filter);
  }

  /** What is asked of the resident program for the filter as it is. */
  get question(): HistoryFilter {
    return questionOf(this.filter, this.present);
  }

  async load(): Promise<void> {
    this.phase = 'loading';
    await this.#read(PAGE_SIZE);
  }

  /** Reads again what is shown, without showing that it does. */
  async reload(): Promise<void> {
    await this.#read(Math.max(this.events.length, PAGE_SIZE), this.hasNewer);
  }

  async searchFor(text: string): Promise<void> {
    await this.narrow({ ...this.filter, text: text.normalize('NFC').trim() });
  }

  async loosen(part: Part): Promise<void> {
    await this.narrow(without(this.filter, part));
  }

  /** Shows what the filter leaves, from the newest on or where it was read before. */
  async narrow(filter: Filter, scrollPosition: ScrollPosition | null = null): Promise<void> {
    if (this.phase === 'loading') this.scrollPosition = scrollPosition;
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    this.scrollPosition = scrollPosition;
    await this.#read(PAGE_SIZE);
  }

  /** The next page at the old end. */
  async readOlder(): Promise<void> {
    const oldest = this.events.at(-1);
    if (!this.hasOlder || oldest === undefined) return;
    await this.#readOn(async () => {
      const page = await this.#page({ before: oldest.id }, PAGE_SIZE);
      return () => {
        this.#show(withOlder(this.events, page.events));
        this.hasOlder = page.hasMore;
      };
    });
    await this.#letGo('newest');
  }

  /** The next page at the new end. */
  async readNewer(): Promise<void> {
    const newest = this.events[0];
    if (!this.hasNewer || newest === undefined) return;
    await this.#readOn(async () => {
      const page = await this.#page({ after: newest.id }, PAGE_SIZE);
      return () => {
        this.#show(withNewer(this.events, page.events), true);
        this.hasNewer = page.hasMore;
        this.above = page.hasMore ? Math.max(this.above - page.events.length, 1) : 0;
      };
    });
    await this.#letGo('oldest');
  }

  /** Reads on when `id` is the first or last event, so that one can go on from there. */
  async readBeyond(id: number): Promise<void> {
    if (this.events.at(-1)?.id === id) await this.readOlder();
    if (this.events[0]?.id === id) await this.readNewer();
  }

  /** Puts the newest events into the list, wherever it was. */
  async toNewest(): Promise<void> {
    this.fresh = 0;
    if (this.hasNewer) await this.#read(PAGE_SIZE);
  }

  async toOldest(): Promise<void> {
    if (!this.hasOlder) return;
    await this.#read(PAGE_SIZE, true, 0);
  }

  /** Marks at once on screen; a refusal is undone by reading again. */
  async mark(id: number, isRead: boolean): Promise<void> {
    const event = this.events.find((shown) => shown.id === id);
    if (event?.isRead === isRead) return;
    this.#markShown((shown) => shown.id === id, isRead);
    await this.#mark({ ask: 'eventsMark', ids: [id], isRead });
  }

  markRead(id: number): Promise<void> {
    return this.mark(id, true);
  }

  /** Up to the newest event that was told or read: one that arrives meanwhile stays unread. */
  async markAllRead(): Promise<void> {
    if (this.#newestId === 0) return;
    this.#markShown(() => true, true);
    await this.#mark({ ask: 'eventsMarkAllRead', upTo: this.#newestId });
  }

  told(told: Told): void {
    switch (told.told) {
      case 'eventAdded':
        this.#newestId = Math.max(this.#newestId, told.event.id);
        this.changes += 1;
        this.counts.askSoon(this.filter);
        this.#arrived(told.event);
        break;
      case 'historyChanged':
        this.changes += 1;
        this.counts.askSoon(this.filter);
        void this.keeping.measure();
        void this.reload();
        break;
      case 'jobChanged':
        this.keeping.jobIs(told.job);
        break;
      case 'statusChanged':
      case 'homeChanged':
      case 'settingsChanged':
      case 'rulesChanged':
      case 'show':
      case 'quitting':
        break;
    }
  }

  /** The list shows its newest event again. */
  reachedTop(): void {
    if (!this.hasNewer) this.fresh = 0;
  }

  /** The neighbours of an event in what is shown. */
  around(id: number): { newer: number | undefined; older: number | undefined } {
    const at = this.events.findIndex((event) => event.id === id);
    if (at < 0) return { newer: undefined, older: undefined };
    return { newer: this.events[at - 1]?.id, older: this.events[at + 1]?.id };
  }

  #arrived(event: HistoryEvent): void {
    // An answer that is on its way may be older than the event.
    if (this.#isReading) void this.reload();
    if (!takes(this.question, event)) return;
    if (this.hasNewer) {
      this.fresh += 1;
      this.above += 1;
      return;
    }
    // Only the store can tell whether a text is found in it.
    if (this.filter.text !== '') void this.#readArrived();
    else this.#insert([event]);
  }

  async #readArrived(): Promise<void> {
    const newest = this.events[0];
    if (newest === undefined) return this.reload();
    const question = this.#question;
    try {
      const page = await this.#page({ after: newest.id }, PAGE_SIZE);
      if (question !== this.#question) return;
      if (page.hasMore) await this.reload();
      else this.#insert(page.events);
    } catch {
      // The next reading finds them.
    }
  }

  #insert(arrived: readonly HistoryEvent[]): void {
    const before = this.events.length;
    const events = arrived.reduceRight(withNewest, this.events);
    if (events.length === before) return;
    if (!this.isAtTop) this.fresh += events.length - before;
    this.#show(events, !this.isAtTop);
    void this.#letGo('oldest');
  }

  async #readOn(read: () => Promise<() => void>): Promise<void> {
    if (this.isReadingOn) return;
    this.isReadingOn = true;
    const question = this.#question;
    try {
      const show = await read();
      if (question === this.#question) show();
    } catch (error) {
      if (question === this.#question) this.problem = problemOf(error);
    } finally {
      this.isReadingOn = false;
    }
  }

  /**
   * With `isInPlace`, the events from the last one on, or from `after` on; otherwise the newest.
   * What was let go at an end is read again when it comes near.
   */
  async #read(count: number, isInPlace = false, after?: number): Promise<void> {
    const question = ++this.#question;
    const filter = this.filter;
    this.#isReading = true;
    void this.counts.ask(filter);
    try {
      const oldestId = after ?? this.events.at(-1)?.id ?? 0;
      const stretch = isInPlace
        ? await this.#stretchAfter(oldestId, count, after === undefined)
        : await this.#stretchAt(this.scrollPosition, Math.min(count, MOST_ROWS));
      if (question !== this.#question) return;
      const { events } = stretch;
      this.#show(events);
      this.#newestId = events.reduce((most, { id }) => Math.max(most, id), this.#newestId);
      this.hasNewer = stretch.hasNewer;
      this.hasOlder = stretch.hasOlder;
      if (!this.hasNewer) this.above = this.fresh = 0;
      else if (after !== undefined)
        this.above = Math.max((this.counts.shown?.total ?? 0) - events.length, 1);
      else this.above = Math.max(this.above, 1);
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

  async #stretchAfter(after: number, count: number, hasOlder: boolean): Promise<Stretch> {
    const { events, hasMore } = await this.#pageAfter(after, count);
    return { events, hasNewer: hasMore, hasOlder };
  }

  /** The newest, or a page on each side of where somebody reads. */
  async #stretchAt(scrollPosition: ScrollPosition | null, count: number): Promise<Stretch> {
    if (scrollPosition === null) {
      const { events, hasMore } = await this.#newest(count);
      return { events, hasNewer: false, hasOlder: hasMore };
    }
    const older = await this.#page({ before: scrollPosition.id + 1 }, PAGE_SIZE);
    const newer = await this.#page({ after: scrollPosition.id }, PAGE_SIZE);
    const events = withNewer(older.events, newer.events);
    return { events, hasNewer: newer.hasMore, hasOlder: older.hasMore };
  }

  async #newest(count: number): Promise<HistoryPage> {
    let page = await this.#page({}, Math.min(count, LARGEST_PAGE));
    while (page.hasMore && page.events.length < count) {
      const oldest = page.events.at(-1);
      if (oldest === undefined) break;
      const limit = Math.min(count - page.events.length, LARGEST_PAGE);
      const next = await this.#page({ before: oldest.id }, limit);
      page = { events: withOlder(page.events, next.events), hasMore: next.hasMore };
    }
    return page;
  }

  async #pageAfter(after: number, count: number): Promise<HistoryPage> {
    let page = await this.#page({ after }, Math.min(count, LARGEST_PAGE));
    while (page.hasMore && page.events.length < count) {
      const newest = page.events[0];
      if (newest === undefined) break;
      const limit = Math.min(count - page.events.length, LARGEST_PAGE);
      const next = await this.#page({ after: newest.id }, limit);
      page = { events: withNewer(page.events, next.events), hasMore: next.hasMore };
    }
    return page;
  }

  async #page(from: From, limit: number): Promise<HistoryPage> {
    const { page } = await answerTo(
      this.backend,
      { ask: 'historyPage', ...from, filter: this.question, limit },
      'historyPage',
    );
    return page;
  }

  #show(events: readonly HistoryEvent[], isChangedAtStart = false): void {
    this.isChangedAtStart = isChangedAtStart;
    this.events = events;
  }

  /** Memory is bounded: what is farthest from where one reads goes. */
  async #letGo(end: 'newest' | 'oldest'): Promise<void> {
    const surplus = this.events.length - MOST_ROWS;
    if (surplus <= 0) return;
    const question = this.#question;
    // The list takes changes at one end at a time.
    await tick();
    if (question !== this.#question) return;
    if (end === 'newest') {
      this.#show(this.events.slice(surplus), true);
      this.hasNewer = true;
      this.above += surplus;
    } else {
      this.#show(this.events.slice(0, MOST_ROWS));
      this.hasOlder = true;
    }
  }

  #markShown(isMarked: (event: HistoryEvent) => boolean, isRead: boolean): void {
    this.events = this.events.map((event) =>
      isMarked(event) && event.isRead !== isRead ? { ...event, isRead } : event,
    );
  }

  async #mark(request: Parameters<Backend['ask']>[0]): Promise<void> {
    try {
      await answerTo(this.backend, request, 'done');
      this.counts.askSoon(this.filter);
    } catch {
      await this.reload();
    }
  }
}
