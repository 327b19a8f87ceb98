import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import { Clock } from '../../lib/clock.svelte';
import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleDevice } from '../../testing/fakeHome';

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
  backend.view = { view: 'now' };
  backend.home.devices = [exampleDevice()];
});

async function open() {
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  await screen.findByText('Nothing is running');
  return userEvent.setup();
}

const current = () =>
  within(screen.getByRole('navigation')).getByRole('link', { current: 'page' }).textContent.trim();

test('every view is one click away', async () => {
  const user = await open();

  for (const name of ['History', 'Appliances', 'Rules', 'Settings', 'Self-check', 'Now']) {
    await user.click(within(screen.getByRole('navigation')).getByRole('link', { name }));

    await waitFor(() => expect(current()).toBe(name));
  }
});

test.each([
  ['1', 'Now'],
  ['2', 'History'],
  ['3', 'Appliances'],
  ['4', 'Rules'],
  ['5', 'Settings'],
  ['6', 'Self-check'],
  [',', 'Settings'],
])('Ctrl+%s leads to %s, and the keyboard follows', async (key, name) => {
  const user = await open();

  await user.keyboard(`{Control>}${key}{/Control}`);

  expect(current()).toBe(name);
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('main')));
});

test('Ctrl+F searches the history from everywhere', async () => {
  const user = await open();

  await user.keyboard('{Control>}f{/Control}');

  expect(current()).toBe('History');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('searchbox')));
});

test('? shows the keys, Escape closes them and not the window', async () => {
  const user = await open();

  await user.keyboard('?');
  const dialog = await screen.findByRole('dialog', { name: 'Keys' });
  expect(within(dialog).getByText('Search the history')).toBeTruthy();
  await user.keyboard('{Escape}');

  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(backend.isClosed).toBe(false);
});

test('a question mark in a text field is a question mark', async () => {
  const user = await open();
  await user.keyboard('{Control>}f{/Control}');
  const field = await screen.findByRole<HTMLInputElement>('searchbox');
  await waitFor(() => expect(document.activeElement).toBe(field));

  await user.keyboard('?');

  expect(field.value).toBe('?');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('over a dialog the keys of the window rest', async () => {
  const user = await open();
  await user.keyboard('?');
  await screen.findByRole('dialog');

  await user.keyboard('{Control>}2{/Control}');

  expect(within(screen.getByRole('navigation', { hidden: true })).getByText('Now')).toBeTruthy();
  expect(location.hash).toBe('#/now');
});

test('back leads to what was shown before', async () => {
  const user = await open();
  await user.keyboard('{Control>}3{/Control}');
  await screen.findByRole('link', { name: /Laundry/ });

  await user.keyboard('{Alt>}{ArrowLeft}{/Alt}');

  await waitFor(() => expect(current()).toBe('Now'));
});

test('unread events are counted beside the history', async () => {
  backend.status = exampleStatus({ unread: 120 });
  await open();

  const link = screen.getByRole('link', { name: /History.*120 new events/ });
  expect(link.textContent).toContain('99+');

  backend.tell({ told: 'statusChanged', status: exampleStatus() });
  await waitFor(() => expect(link.textContent.trim()).toBe('History'));
});

test('a pause without an end and quiet hours are said', async () => {
  backend.status = exampleStatus({ pausedUntilMs: Number.MAX_SAFE_INTEGER });
  await open();
  expect(screen.getByText('Notifications are paused until you resume them.')).toBeTruthy();

  backend.tell({
    told: 'statusChanged',
    status: exampleStatus({ quietUntilMs: NOW_MS + 3_600_000 }),
  });

  expect(await screen.findByText(/Quiet hours until/)).toBeTruthy();
});

test('a device asked for from outside is shown', async () => {
  await open();

  backend.tell({ told: 'show', view: { view: 'devices', device: 'washer-1' } });

  expect(await screen.findByRole('heading', { name: 'Laundry', level: 2 })).toBeTruthy();
});
