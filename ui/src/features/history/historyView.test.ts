import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import { Clock } from '$lib/clock.svelte';
import { exampleEvent, exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { viewport } from '../../testing/fakeLayout';

const DAY_MS = 86_400_000;

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
  backend.events = [
    exampleEvent({ id: 4, isRead: false }),
    exampleEvent({
      id: 3,
      receivedAtMs: NOW_MS - DAY_MS,
      code: 'TIME_TO_CHANGE_FILTER',
      category: 'maintenance',
      severity: 'attention',
      deviceId: 'air-1',
      deviceName: 'Air',
      deviceType: 'DEVICE_AIR_PURIFIER',
    }),
    exampleEvent({ id: 2, receivedAtMs: NOW_MS - 8 * DAY_MS }),
    exampleEvent({
      id: 1,
      receivedAtMs: NOW_MS - 40 * DAY_MS,
      code: 'ERROR_DURING_WASHING',
      category: 'failed',
      severity: 'error',
    }),
  ];
});

function open(address = '#/history') {
  history.replaceState(null, '', address);
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  return userEvent.setup();
}

const rows = () =>
  screen.queryAllByRole('listitem').map((row) => row.getAttribute('data-event-id'));
const shown = (...ids: string[]) => waitFor(() => expect(rows()).toEqual(ids));

/** Entry of the open menu; jsdom has no layout, so it has no accessible name. */
const choice = (words: string) =>
  waitFor(() => {
    const entries = [...document.querySelectorAll('[role^=menuitem]')];
    const entry = entries.find((each) => each.textContent.replace(/\s+/gu, ' ').trim() === words);
    if (!entry) throw new Error(entries.map((each) => each.textContent).join('; '));
    return entry;
  });

test('what is typed is searched for and marked', async () => {
  const user = open();
  await shown('4', '3', '2', '1');

  await user.type(screen.getByRole('searchbox'), 'filter');

  await shown('3');
  expect(screen.getByText('Filter', { selector: 'mark' })).toBeTruthy();
  expect(location.hash).toBe('#/history?text=filter');
});

test('a row that was found by its Korean words says so in English', async () => {
  const user = open();
  await shown('4', '3', '2', '1');

  await user.type(screen.getByRole('searchbox'), '필터');

  await shown('3');
  expect(screen.getByText('필터', { selector: 'mark' })).toBeTruthy();
  expect(screen.getByText(/Found in the other language/)).toBeTruthy();
});

test('filters combine, say how many events they would show, and go back one by one', async () => {
  const user = open();
  await shown('4', '3', '2', '1');

  await user.click(await screen.findByRole('button', { name: 'Appliance' }));
  await user.click(await choice('Laundry 3'));
  await shown('4', '2', '1');
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'Kind' }));
  await user.click(await choice('Failed 1'));
  await shown('1');
  expect(location.hash).toBe('#/history?device=washer-1&kind=failed');

  history.back();
  await shown('4', '2', '1');
});

test('a period is chosen by how many events it holds', async () => {
  const user = open();
  await shown('4', '3', '2', '1');

  await user.click(await screen.findByRole('button', { name: 'Period' }));
  await user.click(await choice('Last 7 days 2'));

  await shown('4', '3');
  expect(location.hash).toBe('#/history?period=week');
});

test('days of one’s own are kept in the address, and turned-round ones are named', async () => {
  open('#/history?from=2026-11-14&until=2026-11-13');

  expect(await screen.findByText('The first day is after the last one.')).toBeTruthy();
  expect(screen.getByLabelText('From')).toHaveProperty('value', '2026-11-14');
});

test('a page that is loaded again shows what its address says', async () => {
  open('#/history?unread=yes');

  await shown('4');
  expect(location.hash).toBe('#/history?unread=yes');
  expect(screen.getByRole('button', { name: 'Unread 1' }).getAttribute('aria-pressed')).toBe(
    'true',
  );
});

test('an empty result says what to loosen and what that would show', async () => {
  const user = open('#/history?text=zeppelin&severity=error');
  await screen.findByText('Nothing found');

  await user.click(
    await screen.findByRole('button', { name: /Without the search words\s*1 event/ }),
  );

  await shown('1');
});

test('only rows near what is in sight are on the page, and each knows its place', async () => {
  viewport.height = 640;
  backend.events = Array.from({ length: 400 }, (_, at) => exampleEvent({ id: 400 - at }));
  open();

  await screen.findAllByRole('listitem');
  const items = screen.getAllByRole('listitem');
  expect(items.length).toBeLessThan(60);
  await waitFor(() => expect(items[0]?.getAttribute('aria-setsize')).toBe('400'));
  expect(items[0]?.getAttribute('aria-posinset')).toBe('1');
});

test('the keyboard reaches the oldest event and comes back, marking on the way', async () => {
  viewport.height = 640;
  backend.events = Array.from({ length: 400 }, (_, at) => exampleEvent({ id: 400 - at }));
  const user = open();
  const [first] = await screen.findAllByRole('listitem');
  first?.querySelector('button')?.focus();
  const focused = () => document.activeElement?.parentElement?.getAttribute('data-event-id');

  await user.keyboard('{PageDown}');
  await waitFor(() => expect(focused()).toBe('391'));
  await user.keyboard('u');
  expect(backend.requests('eventsMark')).toEqual([
    { ask: 'eventsMark', ids: [391], isRead: false },
  ]);
  await user.keyboard('{End}');
  await waitFor(() => expect(focused()).toBe('1'));
  await user.keyboard('{Home}');
  await waitFor(() => expect(focused()).toBe('400'));
});

test('events that arrive while others are read are offered at the top', async () => {
  viewport.height = 640;
  backend.events = Array.from({ length: 100 }, (_, at) => exampleEvent({ id: 100 - at }));
  const user = open();
  await screen.findAllByRole('listitem');
  screen.getByRole('list', { name: 'History' }).scrollTo({ top: 2000 });

  backend.tell({ told: 'eventAdded', event: exampleEvent({ id: 101 }) });
  await user.click(await screen.findByRole('button', { name: '1 new' }));

  await waitFor(() => expect(screen.queryByRole('button', { name: '1 new' })).toBeNull());
  await waitFor(() =>
    expect(document.activeElement?.parentElement?.getAttribute('data-event-id')).toBe('101'),
  );
});

test('what is shown is exported, with progress and a way to stop', async () => {
  const user = open('#/history?kind=failed');
  await shown('1');
  await user.click(await screen.findByRole('button', { name: 'Export, import and delete' }));
  expect(await screen.findByText(/4 events, 3.6 kB/)).toBeTruthy();

  await user.click(await choice('Export for a spreadsheet (CSV)…'));
  expect(backend.exports).toEqual([{ filter: { categories: ['failed'] }, format: 'csv' }]);
  expect(await screen.findByText('1 event exported.')).toBeTruthy();

  const job = {
    kind: 'export' as const,
    done: 30,
    total: 120,
    state: { state: 'running' as const },
  };
  backend.tell({ told: 'jobChanged', job });
  const bar = await screen.findByRole('progressbar', { name: 'Exporting' });
  expect(bar.getAttribute('aria-valuetext')).toBe('30 of 120');
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(backend.requests('jobCancel')).toHaveLength(1);
});

test('a work that fails says why', async () => {
  open();
  await shown('4', '3', '2', '1');

  const state = { state: 'failed' as const, problem: { code: 'historyFull' as const } };
  backend.tell({ told: 'jobChanged', job: { kind: 'import', done: 3, total: null, state } });

  expect(await screen.findByText(/disk is full/i)).toBeTruthy();
});

test('deleting says how many events go for good, and deletes those', async () => {
  const user = open('#/history?device=washer-1');
  await shown('4', '2', '1');
  await user.click(await screen.findByRole('button', { name: 'Export, import and delete' }));
  await user.click(await choice('Delete what is shown…'));

  const dialog = await screen.findByRole('alertdialog', { name: /3 events that are shown/ });
  expect(within(dialog).getByText(/nobody can bring them back/)).toBeTruthy();
  expect(within(dialog).getByRole('button', { name: 'Export first…' })).toBeTruthy();
  await user.click(within(dialog).getByRole('button', { name: 'Delete 3 events' }));

  await screen.findByText('3 events deleted.');
  expect(backend.requests('historyDelete').map(({ filter }) => filter)).toEqual([
    { deviceIds: ['washer-1'] },
  ]);
  expect(backend.events.map(({ id }) => id)).toEqual([3]);
});

test('the overview draws what happened, with the numbers behind each picture', async () => {
  const user = open();
  await shown('4', '3', '2', '1');

  await user.click(screen.getByRole('tab', { name: 'Overview' }));

  expect(await screen.findByRole('img', { name: 'Bars by kind: 3 events' })).toBeTruthy();
  expect(screen.getByRole('img', { name: /When Laundry told something/ })).toBeTruthy();
  expect(screen.getByText(/1 h 24 min each/)).toBeTruthy();
  const table = screen.getByRole('table', { name: 'Events by day', hidden: true });
  expect(within(table).getAllByRole('row', { hidden: true })).toHaveLength(4);
  expect(location.hash).toBe('#/history?side=overview');

  await user.click(screen.getByRole('button', { name: 'A year' }));
  expect(await screen.findByRole('img', { name: 'Bars by kind: 4 events' })).toBeTruthy();
  expect(screen.getByRole('heading', { name: 'Events by week' })).toBeTruthy();
});

test('maintenance is ticked off, and taken back', async () => {
  const user = open('#/history?side=overview');

  await user.click(await screen.findByRole('button', { name: /^Done\s*: Filter needs replacing/ }));
  await user.click(await screen.findByRole('button', { name: /^Not done/ }));

  expect(await screen.findByRole('button', { name: /^Done\s*: Filter/ })).toBeTruthy();
  expect(backend.requests('maintenanceMark').map(({ isDone }) => isDone)).toEqual([true, false]);
});

test('an overview of nothing says so, and one that fails can be tried again', async () => {
  backend.events = [];
  backend.failing.set('historyStatistics', { code: 'historyUnavailable' });
  const user = open('#/history?side=overview');
  await screen.findByText('The history cannot be opened.');

  backend.failing.clear();
  await user.click(screen.getByRole('button', { name: 'Try again' }));

  expect(await screen.findByText('Nothing to draw yet')).toBeTruthy();
});

test('details lead to the same device before and after, and settle what is wanted', async () => {
  const user = open();
  await user.click(await screen.findByRole('button', { name: /The wash stopped with a problem/ }));
  const details = await screen.findByRole('region', { name: 'Details' });

  await user.click(await within(details).findByRole('button', { name: 'Done' }));
  await waitFor(() => expect(within(details).queryByRole('button', { name: 'Done' })).toBeNull());
  expect(backend.requests('eventDone')).toEqual([{ ask: 'eventDone', id: 1 }]);

  expect(within(details).getByRole('button', { name: 'Earlier' }).hasAttribute('disabled')).toBe(
    true,
  );
  await user.click(within(details).getByRole('button', { name: 'Later' }));
  expect(await within(details).findByText('Laundry is done')).toBeTruthy();

  // A finished wash can wait, and be done as well.
  await user.click(within(details).getByRole('button', { name: 'Remind me in 30 minutes' }));
  expect(await within(details).findByText('You will be reminded in 30 minutes')).toBeTruthy();
  expect(backend.requests('eventRemind')).toEqual([{ ask: 'eventRemind', id: 2 }]);
  const mute = within(details).getByRole('button', { name: 'Mute this appliance for today' });
  await user.click(mute);
  expect(await within(details).findByText(/^Muted for today/)).toBeTruthy();
  expect(backend.requests('deviceMute')).toEqual([{ ask: 'deviceMute', id: 'washer-1' }]);
  await user.click(within(details).getByRole('button', { name: 'Done' }));
  await waitFor(() =>
    expect(backend.requests('eventDone').at(-1)).toEqual({ ask: 'eventDone', id: 2 }),
  );
});

test('a failure offers no reminder, and what a button could not do is said', async () => {
  backend.failing.set('deviceMute', { code: 'internal' });
  const user = open();
  await user.click(await screen.findByRole('button', { name: /The wash stopped with a problem/ }));
  const details = await screen.findByRole('region', { name: 'Details' });

  const mute = await within(details).findByRole('button', { name: /^Mute this appliance/ });
  expect(within(details).queryByRole('button', { name: /^Remind me/ })).toBeNull();
  await user.click(mute);

  expect(await within(details).findByRole('button', { name: 'Try again' })).toBeTruthy();
});

test('all of it speaks Korean', async () => {
  backend.status = exampleStatus({ language: 'ko' });
  const user = open('#/history?text=filter&unread=yes');

  expect(await screen.findByText('찾은 소식이 없어요')).toBeTruthy();
  await user.click(screen.getByRole('tab', { name: '한눈에 보기' }));
  expect(await screen.findByRole('heading', { name: '주별 사용 횟수' })).toBeTruthy();
});
