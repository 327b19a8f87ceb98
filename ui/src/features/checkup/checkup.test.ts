import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { CheckRemedy } from '$lib/contract/CheckRemedy';
import { Session } from '$lib/session.svelte';
import { Words } from '$lib/words';

import { FakeBackend } from '../../testing/fakeBackend';
import { exampleCheck, TROUBLED_CHECKS } from '../../testing/fakeSettings';

import { checkWords, worstOf } from './checkup';
import CheckupView from './CheckupView.svelte';

let backend: FakeBackend;
let session: Session;

beforeEach(() => {
  backend = new FakeBackend();
  session = new Session(backend);
});

async function open() {
  render(CheckupView, { session });
  await screen.findByRole('heading', { name: /^Clock/u });
  return userEvent.setup();
}

const line = (name: RegExp) => {
  const item = screen.getByRole('heading', { name, level: 3 }).closest('li');
  if (item === null) throw new Error('each check is an item of the list');
  return within(item);
};

test('the worst light speaks for all', () => {
  const amber = exampleCheck({ light: 'amber' });

  expect(worstOf([])).toBe('green');
  expect(worstOf([exampleCheck(), amber])).toBe('amber');
  expect(worstOf([amber, exampleCheck({ light: 'red' }), exampleCheck()])).toBe('red');
});

describe('what a check says', () => {
  const words = new Words('en');

  test('a finding without words is said by its problem', () => {
    const check = exampleCheck({
      finding: 'somethingNew',
      light: 'red',
      problem: { code: 'hubUnreachable' },
    });

    expect(checkWords(check, words)).toEqual(words.problem({ code: 'hubUnreachable' }));
  });

  test('without words and without a problem, the light has to do', () => {
    const check = exampleCheck({ finding: 'somethingNew', light: 'amber' });

    expect(checkWords(check, words)).toEqual({ text: '', remedy: '' });
  });
});

test('each thing has a light in words, and all good is said as one', async () => {
  await open();

  expect(screen.getByText('Everything works')).toBeTruthy();
  expect(screen.getAllByText('Good')).toHaveLength(10);
});

test('what does not work is said with what helps and a button', async () => {
  backend.kept.checks = TROUBLED_CHECKS;
  await open();

  expect(screen.getByText('Something does not work')).toBeTruthy();
  const notifications = line(/^Notifications/u);
  expect(notifications.getByText('Does not work')).toBeTruthy();
  expect(notifications.getByText(/notification service/u)).toBeTruthy();
});

test('a button mends and looks again', async () => {
  backend.kept.checks = TROUBLED_CHECKS;
  const user = await open();

  await user.click(line(/^Start with the computer/u).getByRole('button', { name: 'Repair' }));

  await waitFor(() =>
    expect(line(/^Start with the computer/u).queryByRole('button', { name: 'Repair' })).toBeNull(),
  );
  expect(backend.requests('autostartRepair')).toHaveLength(1);
});

test.each([
  ['reconnect', 'Try now', 'reconnect'],
  ['testNotification', 'Send a test', 'notificationTest'],
  ['setSettingsAside', 'Put the file aside', 'settingsSetAside'],
  ['readHomeAgain', 'Read the home again', 'homeRead'],
] as const)('%s asks for it and looks again', async (remedy, name, ask) => {
  backend.kept.checks = [exampleCheck({ subject: 'clock', light: 'red', remedy })];
  const user = await open();

  await user.click(screen.getByRole('button', { name }));

  await waitFor(() => expect(backend.requests('checkup')).toHaveLength(2));
  expect(backend.requests(ask)).toHaveLength(1);
});

test.each([
  ['signIn', 'Sign in…', () => session.isSignInOpen],
  ['openSettings', 'Open settings', () => session.route === 'settings'],
] as readonly [CheckRemedy, string, () => boolean][])(
  '%s leads there',
  async (remedy, name, isThere) => {
    backend.kept.checks = [exampleCheck({ subject: 'clock', light: 'red', remedy })];
    const user = await open();

    await user.click(screen.getByRole('button', { name }));

    await waitFor(() => expect(isThere()).toBe(true));
  },
);

test('a button that did not help says why', async () => {
  backend.kept.checks = TROUBLED_CHECKS;
  const user = await open();
  backend.failing.set('autostartRepair', { code: 'autostart' });

  await user.click(screen.getByRole('button', { name: 'Repair' }));

  expect((await screen.findByRole('alert')).textContent).toContain('could not be set up');
});

test('a check that cannot be done can be tried again', async () => {
  backend.failing.set('checkup', { code: 'notRunning' });
  render(CheckupView, { session });
  const again = await screen.findByRole('button', { name: 'Try again' });

  backend.failing.clear();
  await userEvent.setup().click(again);

  expect(await screen.findByText('Everything works')).toBeTruthy();
});

describe('the problem report', () => {
  async function show() {
    const user = await open();
    await user.click(screen.getByRole('button', { name: 'Show the report' }));
    const text = await screen.findByLabelText<HTMLTextAreaElement>('What the report says');
    return { user, text };
  }

  test('is shown before it goes anywhere', async () => {
    const { text } = await show();

    expect(text.value).toBe(backend.kept.problemReport);
    expect(backend.reports).toEqual([]);
  });

  test('is saved as it was shown', async () => {
    const { user } = await show();

    await user.click(screen.getByRole('button', { name: 'Save…' }));

    await screen.findByText('Saved');
    expect(backend.reports).toEqual([backend.kept.problemReport]);
  });

  test('is copied as it was shown', async () => {
    const { user } = await show();
    const copied = vi.spyOn(navigator.clipboard, 'writeText');

    await user.click(screen.getByRole('button', { name: 'Copy' }));

    await screen.findByText('Copied');
    expect(copied).toHaveBeenCalledWith(backend.kept.problemReport);
  });

  test('that cannot be made says why', async () => {
    backend.failing.set('problemReport', { code: 'internal' });
    const user = await open();
    await user.click(screen.getByRole('button', { name: 'Show the report' }));

    expect((await screen.findByRole('alert')).textContent).toContain('unexpected');
  });
});
