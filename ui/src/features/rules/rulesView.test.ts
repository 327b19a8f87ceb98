import { tick } from 'svelte';

import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import type { Device } from '$lib/contract/Device';
import { Session } from '$lib/session.svelte';
import { wording } from '$lib/wording.svelte';

import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleReport } from '../../testing/fakeSettings';

import RulesView from './RulesView.svelte';

const PRESENT = { nowMs: NOW_MS, timeZone: 'UTC' };

let backend: FakeBackend;
let session: Session;

beforeEach(() => {
  backend = new FakeBackend();
  session = new Session(backend);
  session.status = backend.status;
});

function device(change: Partial<Device>): Device {
  return {
    id: 'washer-1',
    name: 'Laundry',
    deviceType: 'DEVICE_WASHER',
    model: null,
    isWatched: true,
    push: { state: 'active' },
    events: { state: 'active' },
    seenAtMs: null,
    parts: [],
    openDoors: [],
    ...change,
  };
}

async function open() {
  render(RulesView, { session, present: PRESENT });
  await screen.findByLabelText('Finished');
  backend.tell({ told: 'homeChanged', home: { devices: [device({})] } });
  return userEvent.setup();
}

/** The first select with this name: the one for all devices. */
function list(name: string): HTMLSelectElement {
  const [first] = screen.getAllByLabelText<HTMLSelectElement>(name);
  if (first === undefined) throw new Error(`no list \`${name}\``);
  return first;
}

const kept = () => backend.kept.rules;

/** Rules of the washer, expanded. */
async function washer(user: ReturnType<typeof userEvent.setup>) {
  const summary = await screen.findByText('Laundry');
  await user.click(summary);
  const item = summary.closest('li');
  if (item === null) throw new Error('the device is an item of the list');
  return within(item);
}

/** Select of one severity, for all devices. */
function severity(category: string, name: string): HTMLSelectElement {
  const [first] = screen.getAllByRole('list', { name: category });
  if (first === undefined) throw new Error(`no importances of \`${category}\``);
  return within(first).getByLabelText<HTMLSelectElement>(name);
}

test('six kinds are shown with what is done by default, and their importances are folded', async () => {
  await open();

  const card = screen.getByRole('region', { name: 'All appliances' });
  expect(within(card).getAllByRole('combobox')).toHaveLength(6 + 2 * 3);
  expect([...card.querySelectorAll('details')].map(({ open }) => open)).toEqual([false, false]);
  expect(within(card).getByText(/^By default, /u)).toBeTruthy();
  expect(list('Finished').selectedOptions[0]?.text).toBe('Show (default)');
  expect(list('Status').selectedOptions[0]?.text).toBe('By importance (default)');
  expect(
    within(card).getByText(
      'Information: History only · Needs attention: Show without sound · Problem: Show',
    ),
  ).toBeTruthy();
  expect(within(card).queryByRole('button')).toBeNull();
});

test('importances open when they are asked for, and a kind can be reset', async () => {
  const user = await open();

  await user.selectOptions(list('Finished'), 'By importance');
  const details = severity('Finished', 'Problem').closest('details');
  expect(details?.open).toBe(true);
  expect(kept().rules).toEqual([]);
  await user.selectOptions(severity('Finished', 'Problem'), 'Ignore');
  await waitFor(() =>
    expect(kept().rules).toEqual([
      { deviceId: null, category: 'finished', severity: 'error', treatment: 'ignore' },
    ]),
  );

  await user.click(screen.getByRole('button', { name: 'Reset Finished' }));
  await waitFor(() => expect(kept().rules).toEqual([]));
  expect(list('Finished').value).toBe('show');
  expect(screen.queryByRole('list', { name: 'Finished' })).toBeNull();
});

test('importances are open where they differ from the default', async () => {
  const rule = { deviceId: null, category: 'status', severity: 'info' } as const;
  backend.kept.rules.rules = [{ ...rule, treatment: 'show' }];
  await open();

  expect(severity('Status', 'Information').closest('details')?.open).toBe(true);
  expect(severity('Status', 'Information').selectedOptions[0]?.text).toBe('Show');
});

test('a choice is kept at once', async () => {
  const user = await open();

  await user.selectOptions(list('Finished'), 'Show without sound');

  await waitFor(() => expect(backend.requests('rulesChange')).toHaveLength(1));
  expect(kept().rules).toEqual([
    { deviceId: null, category: 'finished', severity: null, treatment: 'showSilently' },
  ]);
  expect(list('Finished').value).toBe('showSilently');
});

test('a choice that cannot be kept is put back, and the reason is said', async () => {
  const user = await open();
  backend.failing.set('rulesChange', { code: 'settings' });

  await user.selectOptions(list('Finished'), 'Ignore');

  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('The settings cannot be read or saved.');
  expect(list('Finished').value).toBe('show');
});

test('a device follows all others until something is chosen for it, and again after a reset', async () => {
  const user = await open();
  const rules = await washer(user);
  expect(rules.getByText('As for all')).toBeTruthy();

  await user.selectOptions(rules.getByLabelText('Finished'), 'History only');
  await rules.findByText('1 change');
  expect(kept().rules[0]).toMatchObject({ deviceId: 'washer-1', treatment: 'historyOnly' });

  await user.click(rules.getByRole('button', { name: 'Reset Laundry' }));
  await screen.findByText('Laundry is treated as all appliances again.');
  expect(kept().rules).toEqual([]);

  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(kept().rules).toHaveLength(1));
});

test('a muted device says so, and only its switch is left', async () => {
  const user = await open();
  const rules = await washer(user);

  await user.click(rules.getByRole('switch', { name: 'Mute' }));

  await rules.findByText('Muted');
  expect(rules.queryByLabelText('Finished')).toBeNull();
  expect(kept().rules).toHaveLength(2);
});

test('a device that a notification muted for today can be unmuted', async () => {
  backend.kept.rules.muted = [{ deviceId: 'washer-1', untilMs: NOW_MS + 3_600_000 }];
  const user = await open();
  const rules = await washer(user);
  expect(rules.getAllByText(/Muted until/u).length).toBeGreaterThan(0);

  await user.click(rules.getByRole('button', { name: 'Unmute' }));

  await waitFor(() => expect(kept().muted).toEqual([]));
});

test('a device that is muted elsewhere is shown as muted at once', async () => {
  const user = await open();
  const rules = await washer(user);

  const muted = [{ deviceId: 'washer-1', untilMs: NOW_MS + 3_600_000 }];
  backend.kept.rules = { ...kept(), muted };
  backend.tell({ told: 'rulesChanged' });

  expect(await rules.findByRole('button', { name: 'Unmute' })).toBeTruthy();
});

test('after a lost link the rules are read again', async () => {
  await open();
  session.link = 'lost';
  await tick();
  const rule = { deviceId: null, category: 'finished', severity: null } as const;
  backend.kept.rules = { ...kept(), rules: [{ ...rule, treatment: 'ignore' }] };

  session.link = 'connected';

  await waitFor(() => expect(list('Finished').value).toBe('ignore'));
});

test('a pause that begins elsewhere is shown, and its end', async () => {
  await open();

  session.status = exampleStatus({ pausedUntilMs: NOW_MS + 3_600_000 });
  await screen.findByText(/^Paused until/u);

  session.status = exampleStatus();
  expect(await screen.findByRole('button', { name: 'For an hour' })).toBeTruthy();
});

test('a link to the rules of a device leads to them, and to no other', async () => {
  location.hash = '#/rules?device=dryer%201';
  render(RulesView, { session, present: PRESENT });
  await screen.findByLabelText('Finished');
  const devices = [device({}), device({ id: 'dryer 1', name: 'Dryer' })];
  backend.tell({ told: 'homeChanged', home: { devices } });

  const summary = (await screen.findByText('Dryer')).closest('summary');
  await waitFor(() => expect(document.activeElement).toBe(summary));
  expect(summary?.closest('details')?.open).toBe(true);
  expect(screen.getByText('Laundry').closest('details')?.open).toBe(false);
});

test.each([
  ['For an hour', { until: 'minutes', minutes: 60 }],
  ['Until tomorrow morning', { until: 'morning' }],
  ['Until I switch them on', { until: 'switchedOn' }],
] as const)('pause: %s', async (name, pause) => {
  const user = await open();

  await user.click(screen.getByRole('button', { name }));

  await screen.findByText(/^Paused until/u);
  expect(backend.requests('pause')[0]?.pause).toEqual(pause);

  await user.click(screen.getByRole('button', { name: 'Resume now' }));
  expect(await screen.findByRole('button', { name })).toBeTruthy();
});

test('quiet hours are kept with their times and days', async () => {
  const user = await open();
  await user.click(screen.getByRole('switch', { name: 'Keep quiet hours' }));
  const from = await screen.findByLabelText('From');

  await user.clear(from);
  await user.type(from, '21:30');
  await user.tab();
  await user.click(screen.getByRole('checkbox', { name: 'Sunday' }));

  await waitFor(() =>
    expect(kept().quietHours).toMatchObject({ isOn: true, fromMinute: 1290, untilMinute: 420 }),
  );
  await waitFor(() => expect(kept().quietHours.weekdays).not.toContain('sunday'));
  expect(screen.getByLabelText('Until, the next day')).toBeTruthy();
});

test('a time is shown and taken as the clock has it, and stepped by the keyboard', async () => {
  const user = await open();
  await user.click(screen.getByRole('switch', { name: 'Keep quiet hours' }));
  const until = await screen.findByRole<HTMLInputElement>('spinbutton', {
    name: 'Until, the next day',
  });
  expect(until.value.replaceAll('\u202f', ' ')).toBe('7:00 AM');

  await user.clear(until);
  await user.type(until, 'seven{Enter}');
  expect(screen.getByText('This is not a time of day.')).toBeTruthy();
  expect(kept().quietHours.untilMinute).toBe(420);
  await user.clear(until);
  await user.type(until, '6:50 am{Enter}');
  await waitFor(() => expect(kept().quietHours.untilMinute).toBe(410));
  expect(screen.queryByText('This is not a time of day.')).toBeNull();
  await user.keyboard('{ArrowUp}{ArrowUp}');
  expect(until.getAttribute('aria-valuetext')?.replaceAll('\u202f', ' ')).toBe('7:15 AM');
  await user.tab();

  await waitFor(() => expect(kept().quietHours.untilMinute).toBe(435));
});

test('reminders ask when and how often only where there are any', async () => {
  const user = await open();

  await user.selectOptions(list('Remind after'), '2 hours');
  await user.selectOptions(list('At most'), 'once');
  await waitFor(() => expect(kept().reminders).toMatchObject({ afterMinutes: 120, atMost: 1 }));

  await user.click(screen.getByRole('switch', { name: 'Laundry that is done' }));
  await waitFor(() => expect(screen.queryByLabelText('Remind after')).toBeNull());
});

test('a test notification says who shows it and what that one can do', async () => {
  const user = await open();

  await user.click(screen.getByRole('button', { name: 'Send a test notification' }));

  await screen.findByText('The desktop took it.');
  expect(screen.getByText('Shown by dunst 1.9.0')).toBeTruthy();
  const able = within(screen.getByRole('list', { name: 'What it can do' }));
  expect(able.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
    'Buttons',
    'Formatted text',
    'Keeps notifications in a list',
    'Pictures',
  ]);
});

test('a desktop that shows nothing is said with what helps', async () => {
  backend.kept.report = exampleReport({
    server: null,
    isTaken: false,
    problem: { code: 'noNotificationServer' },
  });
  const user = await open();

  await user.click(screen.getByRole('button', { name: 'Send a test notification' }));

  expect(await screen.findByText(/This desktop does not show notifications/u)).toBeTruthy();
});

test('a desktop that is not to be disturbed is named as the reason', async () => {
  backend.kept.report = exampleReport({ isInhibited: true });
  const user = await open();

  await user.click(screen.getByRole('button', { name: 'Send a test notification' }));

  expect(await screen.findByText(/do not disturb/u)).toBeTruthy();
});

test('rules that cannot be read say why and can be tried again', async () => {
  backend.failing.set('rules', { code: 'notRunning' });
  render(RulesView, { session, present: PRESENT });
  const again = await screen.findByRole('button', { name: 'Try again' });

  backend.failing.clear();
  await userEvent.setup().click(again);

  expect(await screen.findByLabelText('Finished')).toBeTruthy();
});

test('the rules are there in Korean', async () => {
  void wording.speak('ko');
  render(RulesView, { session, present: PRESENT });

  expect((await screen.findByLabelText<HTMLSelectElement>('완료')).selectedOptions[0]?.text).toBe(
    '알리기 (기본)',
  );
});
