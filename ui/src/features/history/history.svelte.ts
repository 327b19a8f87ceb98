// The displayed section of the history with bounded memory, its filter, and live updates.

import { tick } from 'svelte';

import { answerTo, problemOf, type Backend } from '$lib/backend';
import { Clock } from '$lib/clock.svelte';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { HistoryPage } from '$lib/contract/HistoryPage';
import type { Problem } from '$lib/contract/Problem';
import type { Update } from '$lib/contract/Update';
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
/** Page size limit of the resident program. */
const LARGEST_PAGE = 500;
/** Maximum number of loaded events; beyond it the far end is dropped and reloaded on demand. */
export const MOST_ROWS = 1000;

/** Position of a page in the history. */
type From = { before?: number; after?: number };

/** Section of the history, newest first. */
interface Stretch {
  events: readonly HistoryEvent[];
  hasNewer: boolean;
  hasOlder: boolean;
}

export class History {
  /** Newest first. */
  events = $state.raw<readonly HistoryEvent[]>([]);
  /** Whether `events` last changed at the newest end, so that the list can keep its position. */
  isChangedAtStart = $state(false);
  hasOlder = $state(false);
  /** Newer events exist that are not in `events`. */
  hasNewer = $state(false);
  /** Their number, if known. */
  above = $state(0);
  /** Number of events that arrived above the visible rows. */
  fresh = $state(0);
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  problem = $state.raw<Problem | null>(null);
  isReadingOn = $state(false);
  filter = $state.raw<Filter>(NO_FILTER);
  /** Incremented by every update about the history. */
  changes = $state(0);
  /** Scroll position to restore; taken by the list and stored when it is closed. */
  scrollPosition = $state.raw<ScrollPosition | null>(null);
  /** Set by the list while its newest event is visible, so that new events may push it down. */
  isAtTop = true;
  readonly counts: Counts;
  readonly keeping: Keeping;
  readonly backend: Backend;
  readonly present: Present;
  #newestId = 0;
  /** Responses to older requests are dropped. */
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

  /** Query for the current filter. */
  get question(): HistoryFilter {
    return questionOf(this.filter, this.present);
  }

  async load(): Promise<void> {
    this.phase = 'loading';
    await this.#read(PAGE_SIZE);
  }

  /** Reloads the displayed events in the background. */
  async reload(): Promise<void> {
    await this.#read(Math.max(this.events.length, PAGE_SIZE), this.hasNewer);
  }

  async searchFor(text: string): Promise<void> {
    await this.narrow({ ...this.filter, text: text.normalize('NFC').trim() });
  }

  async loosen(part: Part): Promise<void> {
    await this.narrow(without(this.filter, part));
  }

  /** Shows matching events from the newest on, or at the previous position. */
  async narrow(filter: Filter, scrollPosition: ScrollPosition | null = null): Promise<void> {
    if (this.phase === 'loading') this.scrollPosition = scrollPosition;
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    this.scrollPosition = scrollPosition;
    await this.#read(PAGE_SIZE);
  }

  /** Loads the next older page. */
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

  /** Loads the next newer page. */
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

  /** Loads more if `id` is the first or last event, so that stepping can continue. */
  async readBeyond(id: number): Promise<void> {
    if (this.events.at(-1)?.id === id) await this.readOlder();
    if (this.events[0]?.id === id) await this.readNewer();
  }

  /** Loads the newest events and moves to the top. */
  async toNewest(): Promise<void> {
    this.fresh = 0;
    if (this.hasNewer) await this.#read(PAGE_SIZE);
  }

  async toOldest(): Promise<void> {
    if (!this.hasOlder) return;
    await this.#read(PAGE_SIZE, true, 0);
  }

  /** Updates the screen immediately; reloads if the request fails. */
  async mark(id: number, isRead: boolean): Promise<void> {
    const event = this.events.find((shown) => shown.id === id);
    if (event?.isRead === isRead) return;
    this.#markShown((shown) => shown.id === id, isRead);
    await this.#mark({ ask: 'eventsMark', ids: [id], isRead });
  }

  markRead(id: number): Promise<void> {
    return this.mark(id, true);
  }

  /** Up to the newest known event: one that arrives meanwhile stays unread. */
  async markAllRead(): Promise<void> {
    if (this.#newestId === 0) return;
    this.#markShown(() => true, true);
    await this.#mark({ ask: 'eventsMarkAllRead', upTo: this.#newestId });
  }

  told(told: Update): void {
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
      case 'forwardingChanged':
      case 'show':
      case 'quitting':
        break;
    }
  }

  /** The list has reached its newest event. */
  reachedTop(): void {
    if (!this.hasNewer) this.fresh = 0;
  }

  /** Neighbours of an event in the displayed section. */
  around(id: number): { newer: number | undefined; older: number | undefined } {
    const at = this.events.findIndex((event) => event.id === id);
    if (at < 0) return { newer: undefined, older: undefined };
    return { newer: this.events[at - 1]?.id, older: this.events[at + 1]?.id };
  }

  #arrived(event: HistoryEvent): void {
    // A pending response may be older than the event.
    if (this.#isReading) void this.reload();
    if (!takes(this.question, event)) return;
    if (this.hasNewer) {
      this.fresh += 1;
      this.above += 1;
      return;
    }
    // Text search requires the store.
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
      // The next load includes them.
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
   * With `isInPlace`, loads events from the last one on, or from `after` on; otherwise the newest.
   * Dropped events are reloaded when the list comes near them.
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
      // Loaded events remain visible; notices above report the problem.
      if (this.phase !== 'ready') this.phase = 'failed';
    } finally {
      if (question === this.#question) this.#isReading = false;
    }
  }

  async #stretchAfter(after: number, count: number, hasOlder: boolean): Promise<Stretch> {
    const { events, hasMore } = await this.#pageAfter(after, count);
    return { events, hasNewer: hasMore, hasOlder };
  }

  /** Loads the newest events, or a page on each side of the scroll anchor. */
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

  /** Bounds memory by dropping the events farthest from the visible ones. */
  async #letGo(end: 'newest' | 'oldest'): Promise<void> {
    const surplus = this.events.length - MOST_ROWS;
    if (surplus <= 0) return;
    const question = this.#question;
    // The virtual list supports changes at one end at a time.
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
