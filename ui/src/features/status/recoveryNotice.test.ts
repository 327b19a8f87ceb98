import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import { Clock } from '$lib/clock.svelte';
import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';

const FILE = '/home/me/.local/share/thinq-tray/history-damaged-2026-11-22-090000.db';

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
  backend.status = exampleStatus({ historyProblem: { code: 'historyDamaged' } });
  const atMs = NOW_MS - 3_600_000;
  backend.history.recovery = { atMs, events: 1200, losses: 2, file: FILE };
});

function open() {
  history.replaceState(null, '', '#/now');
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  return userEvent.setup();
}

test('what was saved from a damaged history is said, and what was not, and where the file lies', async () => {
  open();

  expect(await screen.findByText(/1,200 events were saved\./)).toBeTruthy();
  expect(screen.getByText(/In 2 places something could not be read and is lost\./)).toBeTruthy();
  expect(screen.getByText(FILE)).toBeTruthy();
  expect(screen.queryByText(/You do not have to do anything/)).toBeNull();
});

test('it says so in Korean, and that nothing was lost', async () => {
  backend.status = exampleStatus({ ...backend.status, language: 'ko' });
  backend.history.recovery = { atMs: NOW_MS, events: 3, losses: 0, file: FILE };
  open();

  expect(await screen.findByText(/소식 3개를 되살렸어요\./)).toBeTruthy();
  expect(screen.getByText(/잃어버린 소식은 없는 것 같아요\./)).toBeTruthy();
});

test('whoever has seen it sends it away for good', async () => {
  const user = open();
  await screen.findByText(FILE);

  await user.click(screen.getByRole('button', { name: 'Dismiss' }));

  await waitFor(() => expect(screen.queryByText(FILE)).toBeNull());
  expect(backend.requests('recoveryDismiss')).toHaveLength(1);
  expect(screen.queryByText(/history was/)).toBeNull();
});

test('before anything is saved there is the problem alone', async () => {
  backend.history.recovery = null;
  open();

  expect(await screen.findByText(/The history was damaged\./)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Dismiss' })).toBeNull();
});
