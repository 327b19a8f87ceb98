// History of the fake resident program: filters, counts, statistics and jobs.

import type { Category } from '$lib/contract/Category';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { FoundIn } from '$lib/contract/FoundIn';
import type { HistoryCounts } from '$lib/contract/HistoryCounts';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { HistoryRecovery } from '$lib/contract/HistoryRecovery';
import type { Job } from '$lib/contract/Job';
import type { JobKind } from '$lib/contract/JobKind';
import type { JobState } from '$lib/contract/JobState';
import type { Request } from '$lib/contract/Request';
import type { Response } from '$lib/contract/Response';
import type { Update } from '$lib/contract/Update';
import { Words } from '$lib/words';

import { statisticsOf } from './fakeStatistics';

/** Contents of the history. */
export interface Keeper {
  events: HistoryEvent[];
  readonly details: Map<number, Partial<EventDetails>>;
  tell(told: Update): void;
}

type Asked<A extends Request['ask']> = Extract<Request, { ask: A }>;

const BYTES_OF_EVENT = 900;
const STEPS = 20;
const STEP_MS = 150;

const words = [new Words('en'), new Words('ko')];
const titles = new Map<string, string>();

export class FakeHistory {
  /** Jobs take a while, for development; tests control their progress. */
  isSlow = false;
  /** Result of recovering a damaged history. */
  recovery: HistoryRecovery | null = null;
  readonly maintenanceDone = new Map<string, number>();
  readonly #keeper: Keeper;
  #timer: ReturnType<typeof setInterval> | undefined;
  #job: Job | undefined;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  page({ before, after, filter, limit }: Asked<'historyPage'>): Response {
    const found = this.#found(filter).filter(
      ({ id }) => id < (before ?? Infinity) && id > (after ?? -Infinity),
    );
    const isUpwards = before === undefined && after !== undefined;
    const events = isUpwards ? found.slice(-limit) : found.slice(0, limit);
    const page = {
      events: events.map((event) => ({ ...event, foundIn: this.#foundIn(event, filter.text) })),
      hasMore: found.length > limit,
    };
    return { answer: 'historyPage', page };
  }

  counts({ filter }: Asked<'historyCounts'>): Response {
    const count = (change: HistoryFilter, isCounted: (event: HistoryEvent) => boolean) =>
      this.#found({ ...filter, ...change }).filter(isCounted).length;
    const newest = new Map<string, HistoryEvent>();
    for (const event of this.#keeper.events) {
      if (event.deviceId !== null && !newest.has(event.deviceId)) newest.set(event.deviceId, event);
    }
    const counts: HistoryCounts = {
      total: count({}, () => true),
      unread: count({}, ({ isRead }) => !isRead),
      devices: [...newest].map(([deviceId, { deviceName, deviceType }]) => ({
        deviceId,
        name: deviceName,
        deviceType,
        count: count({ deviceIds: [] }, (event) => event.deviceId === deviceId),
      })),
      categories: CATEGORIES.map((category) => ({
        category,
        count: count({ categories: [] }, (event) => event.category === category),
      })),
      severities: (['info', 'attention', 'error'] as const).map((severity) => ({
        severity,
        count: count({ severities: [] }, (event) => event.severity === severity),
      })),
    };
    return { answer: 'historyCounts', counts };
  }

  statistics({ fromMs, untilMs }: Asked<'historyStatistics'>): Response {
    const statistics = statisticsOf(this.#keeper.events, fromMs, untilMs, this.maintenanceDone);
    return { answer: 'historyStatistics', statistics };
  }

  size(): Response {
    const { events } = this.#keeper;
    const size = {
      events: events.length,
      bytes: events.length * BYTES_OF_EVENT,
      oldestAtMs: events.at(-1)?.receivedAtMs ?? null,
      recovery: this.recovery,
    };
    return { answer: 'historySize', size };
  }

  details({ id }: Asked<'eventDetails'>): Response {
    const event = this.#keeper.events.find((each) => each.id === id);
    if (!event) return { answer: 'failed', problem: { code: 'historyUnavailable' } };
    const ofDevice =
      event.deviceId === null
        ? []
        : this.#keeper.events.filter(({ deviceId }) => deviceId === event.deviceId);
    const at = ofDevice.indexOf(event);
    return {
      answer: 'eventDetails',
      details: {
        event,
        sentAt: null,
        notifiedAtMs: null,
        decision: 'notify',
        previousOfDevice: ofDevice[at + 1]?.id ?? null,
        nextOfDevice: ofDevice[at - 1]?.id ?? null,
        messages: [],
        ...this.#keeper.details.get(id),
      },
    };
  }

  markMaintenance({ deviceId, code, isDone }: Asked<'maintenanceMark'>, nowMs: number): Response {
    const key = `${deviceId} ${code}`;
    if (isDone) this.maintenanceDone.set(key, nowMs);
    else this.maintenanceDone.delete(key);
    return { answer: 'done' };
  }

  export(filter: HistoryFilter): Response {
    const { length } = this.#found(filter);
    return this.#work('export', length, { path: '/home/me/Downloads/history.csv', skipped: 0 });
  }

  import(): Response {
    return this.#work('import', 1200, { path: '/home/me/Downloads/history.json', skipped: 3 });
  }

  delete({ filter }: Asked<'historyDelete'>): Response {
    const gone = new Set(this.#found(filter));
    return this.#work('delete', gone.size, { path: null, skipped: 0 }, () => {
      this.#keeper.events = this.#keeper.events.filter((event) => !gone.has(event));
      this.#keeper.tell({ told: 'historyChanged' });
    });
  }

  cancel(): Response {
    clearInterval(this.#timer);
    if (this.#job)
      this.#jobIs(this.#job.kind, this.#job.done, this.#job.total, { state: 'cancelled' });
    return { answer: 'done' };
  }

  #work(
    kind: JobKind,
    total: number,
    outcome: { path: string | null; skipped: number },
    finish: () => void = () => undefined,
  ): Response {
    const end = () => {
      this.#jobIs(kind, total, total, { state: 'done', events: total, ...outcome });
      finish();
    };
    if (!this.isSlow) {
      end();
      return { answer: 'done' };
    }
    let step = 0;
    this.#jobIs(kind, 0, total, { state: 'running' });
    this.#timer = setInterval(() => {
      step += 1;
      const done = Math.round((total * step) / STEPS);
      if (step < STEPS) {
        this.#jobIs(kind, done, total, { state: 'running' });
        return;
      }
      clearInterval(this.#timer);
      end();
    }, STEP_MS);
    return { answer: 'done' };
  }

  #jobIs(kind: JobKind, done: number, total: number | null, state: JobState): void {
    this.#job = { kind, done, total, state };
    this.#keeper.tell({ told: 'jobChanged', job: this.#job });
  }

  #found(filter: HistoryFilter): HistoryEvent[] {
    const isOneOf = <T>(choices: readonly T[] | undefined, value: T | null) =>
      choices === undefined || choices.length === 0 || (value !== null && choices.includes(value));
    return this.#keeper.events.filter(
      (event) =>
        isOneOf(filter.deviceIds, event.deviceId) &&
        isOneOf(filter.categories, event.category) &&
        isOneOf(filter.severities, event.severity) &&
        (filter.isUnread !== true || !event.isRead) &&
        event.receivedAtMs >= (filter.fromMs ?? -Infinity) &&
        event.receivedAtMs < (filter.untilMs ?? Infinity) &&
        ((filter.text ?? '') === '' || this.#foundIn(event, filter.text).length > 0),
    );
  }

  #foundIn(event: HistoryEvent, text = ''): FoundIn[] {
    if (text === '') return [];
    const wanted = text.toLowerCase();
    const isIn = (shown: string) => shown.toLowerCase().includes(wanted);
    const raw = this.#keeper.details.get(event.id)?.messages ?? [];
    const places: readonly [FoundIn, boolean][] = [
      ['name', isIn(event.deviceName)],
      ['words', isIn(titlesOf(event))],
      ['code', isIn(event.code)],
      ['text', isIn(event.text)],
      ['raw', raw.some((message) => isIn(message.raw))],
    ];
    return places.filter(([, isFound]) => isFound).map(([place]) => place);
  }
}

const CATEGORIES: readonly Category[] = [
  'finished',
  'failed',
  'maintenance',
  'safety',
  'reminder',
  'status',
];

/** In both languages. */
function titlesOf({ code, deviceType }: HistoryEvent): string {
  const key = `${code} ${deviceType ?? ''}`;
  let found = titles.get(key);
  if (found === undefined) {
    found = words
      .map((each) => `${each.pushTitle(code)} ${each.deviceTypeName(deviceType ?? '')}`)
      .join('\n');
    titles.set(key, found);
  }
  return found;
}
