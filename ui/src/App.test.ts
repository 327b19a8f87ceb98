import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from './App.svelte';
import { Clock } from './lib/clock.svelte';
import {
  exampleDemo,
  exampleEvent,
  exampleStatus,
  FakeBackend,
  NOW_MS,
} from './testing/fakeBackend';

const HOUR_MS = 3_600_000;

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
});

function open() {
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  return userEvent.setup();
}

const rows = () => screen.queryAllByRole('listitem').map((row) => row.textContent);
const row = (name: RegExp) => screen.findByRole('button', { name });

function fill(count: number) {
  backend.events = Array.from({ length: count }, (_, at) =>
    exampleEvent({ id: count - at, deviceName: `Device ${String(count - at)}` }),
  );
}

test('the history is shown by day, newest first', async () => {
  backend.events = [
    exampleEvent({ id: 3, deviceName: 'Laundry' }),
    exampleEvent({ id: 2, receivedAtMs: NOW_MS - 24 * HOUR_MS, code: 'DOOR_IS_OPEN' }),
    exampleEvent({ id: 1, receivedAtMs: NOW_MS - 72 * HOUR_MS, code: 'SOME_NEW_CODE' }),
  ];

  open();

  await screen.findByRole('heading', { name: 'Today' });
  const headings = screen.getAllByRole('heading', { level: 3 }).map((each) => each.textContent);
  expect(headings).toEqual(['Today', 'Yesterday', 'Thursday, November 19']);
  expect(rows()[2]).toContain('Some new code');
});

test('the window is shown once it has something to say', async () => {
  fill(1);

  open();

  await waitFor(() => expect(backend.firstPicture).not.toBeNull());
  expect(backend.firstPicture).toContain('Device 1');
});

test('a window that cannot ask is shown with the reason', async () => {
  backend.linkState = 'lost';

  open();

  await waitFor(() => expect(backend.firstPicture).toContain('not running'));
});

test('an event that arrives is shown on top without a reload', async () => {
  fill(1);
  open();
  await row(/Device 1/);

  const event = exampleEvent({ id: 2, code: 'DOOR_IS_OPEN', deviceName: 'Fridge', isRead: false });
  backend.tell({ told: 'eventAdded', event });

  expect(await row(/New:.*Fridge/)).toBeTruthy();
  expect(rows()[0]).toContain('Fridge');
  expect(backend.requests('historyPage')).toHaveLength(1);
});

test('while searching, an arriving event is left to the store', async () => {
  fill(2);
  const user = open();
  await user.type(await screen.findByRole('searchbox'), 'Device 1{Enter}');
  await waitFor(() => expect(rows()).toHaveLength(1));
  // Slow typing sends several requests.
  const asked = backend.requests('historyPage').length;

  backend.tell({ told: 'eventAdded', event: exampleEvent({ id: 3, deviceName: 'Fridge' }) });

  await waitFor(() => expect(backend.requests('historyPage')).toHaveLength(asked + 1));
  expect(backend.requests('historyPage').at(-1)?.filter.text).toBe('Device 1');
  expect(rows()).toHaveLength(1);
});

test('a changed history is read again, as much as is shown', async () => {
  fill(60);
  open();
  await waitFor(() => expect(rows()).toHaveLength(60));

  backend.tell({ told: 'historyChanged' });

  await waitFor(() => expect(backend.requests('historyPage')).toHaveLength(3));
  expect(backend.requests('historyPage').at(-1)).toEqual({
    ask: 'historyPage',
    filter: {},
    limit: 60,
  });
});

test('older pages begin after the last event that is shown', async () => {
  fill(60);
  open();

  await waitFor(() => expect(rows()).toHaveLength(60));
  expect(backend.requests('historyPage').map(({ before }) => before)).toEqual([undefined, 11]);
});

test('opening an event marks it as read and shows all that is known', async () => {
  backend.events = [exampleEvent({ id: 7, isRead: false })];
  backend.details.set(7, {
    decision: 'paused',
    sentAt: '20261122210000',
    messages: [{ receivedAtMs: NOW_MS, raw: '{"pushCode":"WASHING_IS_COMPLETE"}' }],
  });
  const user = open();

  await user.click(await row(/New:.*Laundry/));

  const details = await screen.findByRole('region', { name: 'Details' });
  expect(await within(details).findByText(/notifications were paused/)).toBeTruthy();
  expect(within(details).getByText('20261122210000')).toBeTruthy();
  expect(within(details).getByText(/"pushCode": "WASHING_IS_COMPLETE"/)).toBeTruthy();
  expect(backend.requests('eventsMark')).toEqual([{ ask: 'eventsMark', ids: [7], isRead: true }]);
  await waitFor(() => expect(screen.queryByText('New:')).toBeNull());
});

test('from the details one goes to the neighbours, and back with Escape', async () => {
  fill(2);
  const user = open();
  await user.click(await row(/Device 2/));

  await user.click(await screen.findByRole('button', { name: 'Older event' }));
  const details = screen.getByRole('region', { name: 'Details' });
  await within(details).findByText('Device 1');
  await user.keyboard('{Escape}');

  expect(screen.queryByRole('region', { name: 'Details' })).toBeNull();
  expect(document.activeElement).toBe(await row(/Device 1/));
  expect(backend.isClosed).toBe(false);
});

test('Escape closes the window when nothing lies over the history', async () => {
  const user = open();
  await screen.findByText('Nothing yet');

  await user.keyboard('{Escape}');

  expect(backend.isClosed).toBe(true);
});

test('all events up to the newest one shown are marked as read', async () => {
  backend.events = [exampleEvent({ id: 9, isRead: false }), exampleEvent({ id: 8, isRead: false })];
  const user = open();
  await screen.findAllByText('New:');

  await user.click(screen.getByRole('button', { name: 'Mark all as read' }));

  expect(backend.requests('eventsMarkAllRead')).toEqual([{ ask: 'eventsMarkAllRead', upTo: 9 }]);
  await waitFor(() => expect(screen.queryByText('New:')).toBeNull());
});

test('arrow keys move through the list', async () => {
  fill(3);
  const user = open();
  (await row(/Device 3/)).focus();

  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
  expect(document.activeElement).toBe(await row(/Device 2/));

  await user.keyboard('{End}');
  expect(document.activeElement).toBe(await row(/Device 1/));
});

test('Ctrl+F goes to the search, and an empty result differs from an empty history', async () => {
  fill(1);
  const user = open();
  await row(/Device 1/);

  await user.keyboard('{Control>}f{/Control}');
  await user.keyboard('zeppelin{Enter}');

  expect(await screen.findByText('No event mentions “zeppelin”.')).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(await row(/Device 1/)).toBeTruthy();
});

test('an empty history says what to expect', async () => {
  open();

  expect(await screen.findByText('Nothing yet')).toBeTruthy();
  expect(screen.getByText(/When the washer ends/)).toBeTruthy();
});

test('a history that cannot be read says so and can be tried again', async () => {
  fill(1);
  backend.failing.set('historyPage', { code: 'historyUnavailable' });
  const user = open();
  await screen.findByText('The history cannot be opened.');

  backend.failing.clear();
  await user.click(screen.getByRole('button', { name: 'Try again' }));

  expect(await row(/Device 1/)).toBeTruthy();
});

test('when the resident program goes away the window says so, and reads again when it is back', async () => {
  fill(1);
  open();
  await row(/Device 1/);

  backend.linkIs('lost');
  expect(await screen.findByText(/Trying to reach it again/)).toBeTruthy();
  expect(await row(/Device 1/)).toBeTruthy();

  fill(2);
  backend.linkIs('connected');
  expect(await row(/Device 2/)).toBeTruthy();
  expect(screen.queryByText(/Trying to reach it again/)).toBeNull();
});

test('the language follows the status', async () => {
  fill(1);
  open();
  await screen.findByRole('heading', { name: 'Today' });

  backend.tell({ told: 'statusChanged', status: exampleStatus({ language: 'ko' }) });

  expect(await screen.findByRole('heading', { name: '오늘' })).toBeTruthy();
  expect(document.documentElement.lang).toBe('ko');
});

test('whoever is signed out is invited to sign in', async () => {
  backend.status = exampleStatus({ connection: { state: 'signedOut' }, account: null });

  open();

  expect(await screen.findByRole('dialog', { name: 'Sign in to LG ThinQ' })).toBeTruthy();
});

test('an event asked for from outside is opened', async () => {
  fill(2);
  open();
  await row(/Device 2/);

  backend.tell({ told: 'show', view: { view: 'history', event: 1 } });

  const details = await screen.findByRole('region', { name: 'Details' });
  expect(await within(details).findByText('Device 1')).toBeTruthy();
});

test('a half-typed sign-in stays when the window is only raised', async () => {
  backend.view = { view: 'signIn' };
  const user = open();
  await user.type(await screen.findByLabelText('Personal access token'), 'half');

  backend.tell({ told: 'show', view: { view: 'history' } });

  const token = screen.getByLabelText('Personal access token');
  expect((token as HTMLInputElement).value).toBe('half');
});

test('a sign-in that LG refuses can be renewed from the top of every view', async () => {
  backend.status = exampleStatus({
    connection: { state: 'signInNeeded', problem: { code: 'tokenRefused' } },
  });
  const user = open();

  await user.click(await screen.findByRole('button', { name: 'Sign in…' }));

  expect(await screen.findByRole('dialog')).toBeTruthy();
});

test('a personal access token that LG refuses is replaced from the top of every view', async () => {
  backend.status = exampleStatus({
    connection: { state: 'signInNeeded', problem: { code: 'personalTokenRefused' } },
  });
  const user = open();

  await user.click(await screen.findByRole('button', { name: 'Make a new token…' }));

  expect(await screen.findByLabelText('Personal access token')).toBeTruthy();
});

test('a locked keyring is unlocked from the top of every view, without a sign-in', async () => {
  backend.status = exampleStatus({
    connection: { state: 'keyringLocked' },
    keyring: 'locked',
    provider: null,
  });
  const user = open();

  const [button] = await screen.findAllByRole('button', { name: 'Unlock password store' });
  await user.click(button ?? document.body);

  expect(backend.requests('reconnect')).toHaveLength(1);
  expect(screen.queryByRole('button', { name: 'Sign in…' })).toBeNull();
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  const account = (await screen.findByRole('heading', { name: 'LG account' })).closest('section');
  expect(account?.textContent).toContain('Password store is locked');
});

test('an unreadable keyring is not called a sign-out, and is read again on request', async () => {
  backend.status = exampleStatus({
    connection: { state: 'keyringUnavailable' },
    keyring: 'failing',
    provider: null,
    account: null,
  });
  const user = open();
  await screen.findByRole('dialog', { name: 'Sign in to LG ThinQ' });
  await user.keyboard('{Escape}');

  expect(await screen.findByText(/password store of this computer does not answer/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Try again' }));

  expect(backend.requests('reconnect')).toHaveLength(1);
  expect(screen.getByRole('button', { name: 'Sign in…' })).toBeTruthy();
  for (const view of ['Now', 'Appliances', 'Settings']) {
    await user.click(screen.getByRole('link', { name: view }));
    const said = () => screen.getAllByText('Password store is not available');
    await waitFor(() => expect(said()).toHaveLength(2));
  }
});

test('pauses and a missing keyring are said above the history', async () => {
  backend.status = exampleStatus({ pausedUntilMs: NOW_MS + HOUR_MS, keyring: 'missing' });
  const user = open();

  expect(await screen.findByText(/Notifications paused until/)).toBeTruthy();
  expect(screen.getByText(/asked to sign in again after a restart/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Resume notifications' }));
  await waitFor(() => expect(screen.queryByText(/Notifications paused until/)).toBeNull());
});

test('the demo fills in the dialog that the window opens with, however late its status comes', async () => {
  backend.view = { view: 'signIn' };
  backend.status = exampleStatus({
    connection: { state: 'signedOut' },
    account: null,
    demo: exampleDemo(),
  });
  backend.silent.add('status').add('follow');
  open();
  await Promise.resolve();

  backend.tell({ told: 'statusChanged', status: backend.status });

  const token = await screen.findByLabelText<HTMLInputElement>('Personal access token');
  await waitFor(() => expect(token.value).toBe(exampleDemo().token));
});

test('the demo is left by a button, which ends its program', async () => {
  backend.status = exampleStatus({ demo: exampleDemo() });
  const user = open();

  await user.click(await screen.findByRole('button', { name: 'Leave the demo' }));

  await waitFor(() => expect(backend.requests('quit')).toHaveLength(1));
});

test('times follow the clock that the system goes by, also when it changes', async () => {
  backend.events = [exampleEvent({ id: 1, receivedAtMs: Date.UTC(2026, 10, 22, 15, 5) })];
  backend.status = exampleStatus({ clock: 'h24' });
  open();
  expect((await row(/15:05/)).textContent).not.toContain('PM');

  backend.tell({ told: 'statusChanged', status: exampleStatus({ clock: 'h12' }) });

  expect(await row(/3:05.PM/)).toBeTruthy();
});

test('a home that could not be read is said above the history, with what helps', async () => {
  backend.status = exampleStatus({ homeProblem: { code: 'terms' } });
  const user = open();

  expect(await screen.findByText(/terms of service have not been accepted/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Try now' }));
  await waitFor(() => expect(backend.requests('reconnect')).toHaveLength(1));
});

test('a sign-in that is told before its response, or comes from elsewhere, closes the dialog', async () => {
  backend.view = { view: 'signIn' };
  backend.status = exampleStatus({ connection: { state: 'signedOut' }, account: null });
  open();
  await screen.findByRole('dialog');

  backend.tell({ told: 'statusChanged', status: exampleStatus() });

  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByText(/^Signed in\. \d+ appliances? found\.$/u)).toBeTruthy();
});

test('an event that comes while the history is read again is not lost', async () => {
  fill(2);
  open();
  await row(/Device 2/);
  const ask = backend.ask.bind(backend);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isHeld = true;
  backend.ask = async (request) => {
    const answer = await ask(request);
    if (request.ask === 'historyPage' && isHeld) {
      isHeld = false;
      await held;
    }
    return answer;
  };

  backend.tell({ told: 'historyChanged' });
  await waitFor(() => expect(isHeld).toBe(false));
  backend.tell({
    told: 'eventAdded',
    event: exampleEvent({ id: 3, deviceName: 'Device 3' }),
  });
  release();
  // Waits for pending updates.
  await new Promise((resolve) => setTimeout(resolve));

  await waitFor(() => expect(rows()).toHaveLength(3));
});
