import { beforeEach, describe, expect, test } from 'vitest';

import type { Category } from '$lib/contract/Category';
import { exampleEvent, FakeBackend, NOW_MS } from '../../testing/fakeBackend';

import { NO_FILTER } from './filter';
import { History, MOST_ROWS, PAGE_SIZE } from './history.svelte';

const PRESENT = { nowMs: NOW_MS, timeZone: 'UTC' };

let backend: FakeBackend;
let history: History;

beforeEach(() => {
  backend = new FakeBackend();
  history = new History(backend, PRESENT);
});

function fill(count: number, category: Category = 'finished') {
  backend.events = Array.from({ length: count }, (_, at) =>
    exampleEvent({ id: count - at, receivedAtMs: NOW_MS - at * 60_000, category }),
  );
}

const ids = () => history.events.map(({ id }) => id);
const ends = () => [ids()[0], ids().at(-1)];
const told = (id: number, change: Partial<ReturnType<typeof exampleEvent>> = {}) =>
  backend.tell({ told: 'eventAdded', event: exampleEvent({ id, isRead: false, ...change }) });

async function follow() {
  await backend.onTold((what) => history.told(what));
  await history.load();
}

/** Waits for all pending responses. */
async function settled() {
  await new Promise((resolve) => setTimeout(resolve));
}

async function readAll() {
  while (history.hasOlder) await history.readOlder();
}

describe('at bounded memory', () => {
  test('the newest rows are let go on the way to the oldest, and read again on the way back', async () => {
    fill(MOST_ROWS + 3 * PAGE_SIZE);
    await follow();

    await readAll();
    expect(history.events).toHaveLength(MOST_ROWS);
    expect(ends()).toEqual([MOST_ROWS, 1]);
    expect([history.hasNewer, history.above]).toEqual([true, 3 * PAGE_SIZE]);

    while (history.hasNewer) await history.readNewer();
    expect(history.events).toHaveLength(MOST_ROWS);
    expect(ends()).toEqual([MOST_ROWS + 3 * PAGE_SIZE, 3 * PAGE_SIZE + 1]);
    expect([history.hasOlder, history.above]).toEqual([true, 0]);
  });

  test('every event is seen once, in order', async () => {
    fill(333);
    await follow();

    await readAll();

    expect(ids()).toEqual(Array.from({ length: 333 }, (_, at) => 333 - at));
  });

  test('the oldest events are read without all between', async () => {
    fill(100_000);
    await follow();

    await history.toOldest();

    expect(ends()).toEqual([PAGE_SIZE, 1]);
    expect([history.hasOlder, history.hasNewer]).toEqual([false, true]);
    expect(history.above).toBe(100_000 - PAGE_SIZE);
    expect(backend.requests('historyPage')).toHaveLength(2);
  });

  test('what is shown is read again where it is', async () => {
    fill(MOST_ROWS + 2 * PAGE_SIZE);
    await follow();
    await readAll();

    backend.events = backend.events.filter(({ id }) => id !== 500);
    backend.tell({ told: 'historyChanged' });
    await settled();
    await readAll();

    expect(ids()).not.toContain(500);
    expect(ids().at(-1)).toBe(1);
    expect(history.hasNewer).toBe(true);
  });
});

describe('what arrives', () => {
  test('comes on top while the top is in sight', async () => {
    fill(2);
    await follow();

    told(3);

    expect(ids()).toEqual([3, 2, 1]);
    expect([history.fresh, history.isChangedAtStart]).toEqual([0, false]);
  });

  test('is counted, and moves nothing, while something else is read', async () => {
    fill(2);
    await follow();
    history.isAtTop = false;

    told(3);
    told(4);

    expect(ids()).toEqual([4, 3, 2, 1]);
    expect([history.fresh, history.isChangedAtStart]).toEqual([2, true]);
    history.reachedTop();
    expect(history.fresh).toBe(0);
  });

  test('waits above rows that were let go until the top is asked for', async () => {
    fill(MOST_ROWS + PAGE_SIZE);
    await follow();
    await readAll();
    history.isAtTop = false;

    told(MOST_ROWS + PAGE_SIZE + 1);
    expect(ids()[0]).toBe(MOST_ROWS);
    expect([history.fresh, history.above]).toEqual([1, PAGE_SIZE + 1]);

    await history.toNewest();
    expect(ids()[0]).toBe(MOST_ROWS + PAGE_SIZE + 1);
    expect([history.fresh, history.above, history.hasNewer]).toEqual([0, 0, false]);
  });

  test('is left out if it does not fit the filter', async () => {
    fill(2);
    await follow();
    await history.narrow({ ...NO_FILTER, categories: ['finished'] });

    told(3, { category: 'failed' });
    told(4);
    await settled();

    expect(ids()).toEqual([4, 2, 1]);
  });

  test('is looked for in the store while words are searched for', async () => {
    fill(2);
    await follow();
    await history.searchFor('laundry');
    history.isAtTop = false;

    told(3, { deviceName: 'Fridge', code: 'DOOR_IS_OPEN', deviceType: 'DEVICE_REFRIGERATOR' });
    told(4);
    await settled();

    expect(ids()).toEqual([4, 2, 1]);
    expect(history.fresh).toBe(1);
    expect(backend.requests('historyPage').at(-1)).toMatchObject({ after: 2 });
  });
});

test('an answer that is overtaken by a newer question is dropped', async () => {
  fill(3);
  await follow();
  const ask = backend.ask.bind(backend);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  backend.ask = async (request) => {
    const answer = await ask(request);
    if (request.ask === 'historyPage' && request.filter.text === 'zepp') await held;
    return answer;
  };

  const first = history.searchFor('zepp');
  await history.searchFor('laundry');
  release();
  await first;

  expect(ids()).toEqual([3, 2, 1]);
});

test('marking is shown at once, and taken back when it is refused', async () => {
  fill(2);
  await follow();

  await history.mark(2, false);
  expect(history.events[0]?.isRead).toBe(false);
  expect(backend.requests('eventsMark')).toEqual([{ ask: 'eventsMark', ids: [2], isRead: false }]);

  backend.failing.set('eventsMark', { code: 'historyUnavailable' });
  await history.mark(2, true);
  expect(history.events[0]?.isRead).toBe(false);
});

test('one can go on from the last event that was read', async () => {
  fill(60);
  await follow();

  await history.readBeyond(11);

  expect(history.around(11)).toEqual({ newer: 12, older: 10 });
});

test('each choice says what it would show with the others as they are', async () => {
  fill(3);
  backend.events = [
    ...backend.events,
    exampleEvent({ id: -1, category: 'failed', deviceId: 'oven-1', deviceName: 'Oven' }),
  ];
  await follow();

  await history.narrow({ ...NO_FILTER, categories: ['failed'] });
  await settled();

  const { shown } = history.counts;
  expect(shown?.total).toBe(1);
  expect(shown?.categories.find(({ category }) => category === 'finished')?.count).toBe(3);
  expect(shown?.devices.map(({ name, count }) => [name, count])).toEqual([
    ['Laundry', 0],
    ['Oven', 1],
  ]);
});

test('numbers that could not be counted are left out, and the events are shown', async () => {
  fill(3);
  backend.failing.set('historyCounts', { code: 'historyUnavailable' });
  await follow();

  expect(history.counts.shown).toBeNull();
  expect(ids()).toEqual([3, 2, 1]);
});
