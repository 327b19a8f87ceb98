import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import { Clock } from '../../lib/clock.svelte';
import type { Device } from '../../lib/contract/Device';
import { Words } from '../../lib/words';
import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleDevice, examplePart } from '../../testing/fakeHome';

import { periodsOf, tickName, ticksOf } from './energy';
import { byPlace, nameOf, partName, span, stateOf, valueOf } from './device';

const en = new Words('en');
const ko = new Words('ko');

let backend: FakeBackend;

beforeEach(() => {
  backend = new FakeBackend();
  backend.view = { view: 'devices' };
});

function open(...devices: Device[]) {
  backend.home.devices = devices;
  const clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
  render(App, { backend, clock });
  return userEvent.setup();
}

function openDevice(change: Partial<Device> = {}) {
  backend.view = { view: 'devices', device: 'washer-1' };
  return open(exampleDevice(change));
}

const control = (isAvailable = true) => ({ place: '', action: 'start' as const, isAvailable });

test('every device has its line with name, type, state and switch', async () => {
  open(
    exampleDevice({ parts: [examplePart({ phase: 'running', runState: 'SPINNING' })] }),
    exampleDevice({ id: 'moon-1', name: '', deviceType: 'DEVICE_MOON_LAMP' }),
  );

  const [first, second] = await screen.findAllByRole('listitem');
  expect(first?.textContent).toContain('Laundry');
  expect(first?.textContent).toContain('Washer');
  expect(first?.textContent).toContain('Spinning');
  expect(second?.textContent).toContain('Moon lamp');
  expect(screen.getByRole('switch', { name: 'Messages of Laundry' })).toBeTruthy();
});

test('a device can be switched off and on', async () => {
  const user = open(exampleDevice());

  await user.click(await screen.findByRole('switch', { name: 'Messages of Laundry' }));

  expect(backend.requests('deviceWatch')).toEqual([
    { ask: 'deviceWatch', id: 'washer-1', isWatched: false },
  ]);
  expect(await screen.findByText('You do not hear from it')).toBeTruthy();
  await user.click(screen.getByRole('switch', { checked: false }));
  expect(backend.requests('deviceWatch').at(-1)?.isWatched).toBe(true);
});

test('a switch that could not be moved stays as it was, and says why', async () => {
  backend.failing.set('deviceWatch', { code: 'hubUnreachable' });
  const user = open(exampleDevice());

  await user.click(await screen.findByRole('switch', { name: 'Messages of Laundry' }));

  expect((await screen.findByRole('alert')).textContent).toContain('The hub cannot be reached.');
  expect(screen.getByRole('switch', { checked: true })).toBeTruthy();
});

test('what keeps messages away is said in words, and what a device cannot do is no trouble', async () => {
  open(
    exampleDevice({
      events: { state: 'failed', problem: { code: 'api', apiCode: '1312' } },
      openDoors: [''],
    }),
    exampleDevice({ id: 'other', name: 'Other', events: { state: 'unsupported' } }),
  );

  const [first, second] = await screen.findAllByRole('listitem');
  expect(first?.textContent).toContain('There are no status reports left for more appliances.');
  expect(first?.textContent).toContain('Door is open');
  expect(second?.textContent).not.toContain('status reports');
});

test('the home is read again when asked', async () => {
  const user = open(exampleDevice());

  await user.click(await screen.findByRole('button', { name: 'Read again' }));

  await waitFor(() => expect(backend.requests('homeRead')).toHaveLength(1));
});

test('an empty home and a signed-out one say different things', async () => {
  open();
  expect(await screen.findByText('No appliances')).toBeTruthy();

  backend.tell({
    told: 'statusChanged',
    status: exampleStatus({ connection: { state: 'signedOut' }, account: null }),
  });

  expect(await screen.findByText('Sign in, and your appliances are listed here.')).toBeTruthy();
});

test('the page of a device says what the state holds, by place', async () => {
  backend.home.details.set('washer-1', {
    readings: [
      { place: 'MAIN', property: 'remoteControlEnabled', value: 'true', unit: null },
      { place: 'MINI', property: 'cycleCount', value: '12', unit: null },
    ],
  });

  openDevice({ seenAtMs: NOW_MS });

  const state = await screen.findByRole('region', { name: 'State' });
  expect(within(state).getByText('Remote control').nextElementSibling?.textContent).toBe('On');
  expect(within(state).getByText('Cycles so far').nextElementSibling?.textContent).toBe('12');
  expect(within(state).getByRole('heading', { name: 'Mini' })).toBeTruthy();
  expect(within(state).getByText(/Last report: 12:00/)).toBeTruthy();
});

test('nothing is controlled without a confirmation', async () => {
  backend.home.details.set('washer-1', { controls: [control()] });
  const user = openDevice();

  await user.click(await screen.findByRole('button', { name: 'Start' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Start Laundry?' });
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));

  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  expect(backend.requests('deviceControl')).toEqual([]);
});

test('a confirmed control is sent, awaited and its outcome said', async () => {
  backend.home.details.set('washer-1', { controls: [control()] });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const ask = backend.ask.bind(backend);
  backend.ask = async (request) => {
    if (request.ask === 'deviceControl') await held;
    return ask(request);
  };
  const user = openDevice();
  await user.click(await screen.findByRole('button', { name: 'Start' }));
  const dialog = await screen.findByRole('alertdialog');

  await user.click(within(dialog).getByRole('button', { name: 'Start' }));

  expect(await screen.findByText('Waiting for the appliance to answer…')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Start' }).hasAttribute('disabled')).toBe(true);
  release();
  expect(await screen.findByText('Done. The appliance has reported its new state.')).toBeTruthy();
  expect(backend.requests('deviceControl')).toEqual([
    { ask: 'deviceControl', id: 'washer-1', place: '', action: 'start' },
  ]);
  expect(screen.getByText('Washing')).toBeTruthy();
});

test('a control that the appliance refuses says why and what helps', async () => {
  backend.home.details.set('washer-1', { controls: [control()] });
  backend.failing.set('deviceControl', { code: 'api', apiCode: '2301' });
  const user = openDevice();
  await user.click(await screen.findByRole('button', { name: 'Start' }));
  const dialog = await screen.findByRole('alertdialog');

  await user.click(within(dialog).getByRole('button', { name: 'Start' }));

  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('Remote control is switched off at the appliance.');
  expect(alert.textContent).toContain('Switch on remote control at the appliance.');
});

test('what the appliance does not take now is shown, with the reason', async () => {
  backend.home.details.set('washer-1', { controls: [control(false)] });
  openDevice();

  const button = await screen.findByRole('button', {
    name: 'Start',
    description: /switch on remote control/,
  });
  expect(button.hasAttribute('disabled')).toBe(true);
});

test('a device without a profile says why nothing can be controlled', async () => {
  backend.home.details.set('washer-1', { profileProblem: { code: 'api', apiCode: '1222' } });
  openDevice();

  expect(await screen.findByText(/The appliance is offline/)).toBeTruthy();
});

test('a report while the page is open shows the new state, controls and readings', async () => {
  openDevice();
  await waitFor(() => expect(backend.requests('deviceDetails')).toHaveLength(1));
  backend.home.details.set('washer-1', { controls: [control()] });

  backend.home.report('washer-1', {
    parts: [examplePart({ phase: 'running', runState: 'SPINNING' })],
  });

  expect(await screen.findByText('Spinning')).toBeTruthy();
  expect(await screen.findByRole('button', { name: 'Start' })).toBeTruthy();
});

test('history and rules of the device are one step away', async () => {
  openDevice({ id: 'washer-1' });

  const history = await screen.findByRole('link', { name: 'Its history' });
  expect(history.getAttribute('href')).toBe('#/history?device=washer-1');
  expect(screen.getByRole('link', { name: 'Notification rules' })).toBeTruthy();
});

test('state and profile can be looked at as LG sends them', async () => {
  backend.home.details.set('washer-1', { rawState: '{"a":1}', rawProfile: '{"b":2}' });
  const user = openDevice();

  await user.click(await screen.findByText('State, as LG sends it'));

  expect(screen.getByText(/"a": 1/)).toBeTruthy();
  expect(screen.getByText(/"b": 2/)).toBeTruthy();
  expect(screen.getAllByRole('button', { name: 'Copy' })).toHaveLength(2);
});

test('Escape leads back to the line of the device, and only then closes the window', async () => {
  const user = open(exampleDevice({ id: 'other', name: 'Other' }), exampleDevice());
  await user.click(await screen.findByRole('link', { name: /Laundry/ }));
  await screen.findByRole('link', { name: 'All appliances' });

  await user.keyboard('{Escape}');
  const line = await screen.findByRole('link', { name: /Laundry/ });
  expect(document.activeElement).toBe(line);
  expect(backend.isClosed).toBe(false);

  await user.keyboard('{Escape}');
  expect(backend.isClosed).toBe(true);
});

test('a device that is gone is said to be gone', async () => {
  backend.view = { view: 'devices', device: 'nobody' };
  open(exampleDevice());

  expect(await screen.findByText('This appliance is not there')).toBeTruthy();
});

test('names, parts and states are worded for the type', () => {
  const part = examplePart({ place: 'dryer', phase: 'running', runState: 'RUNNING' });
  const tower = exampleDevice({ name: ' ', deviceType: 'DEVICE_WASHTOWER', parts: [part, part] });

  expect(nameOf(tower, ko)).toBe('워시타워');
  expect(partName(tower, part, en)).toBe('Dryer');
  expect(stateOf(tower, part, en)).toBe('Drying');
  expect(stateOf(tower, examplePart({ phase: 'charging' }), en)).toBe('Charging');
  expect(stateOf(tower, examplePart({ runState: 'AI_TURBO_WASH' }), ko)).toBe('Ai turbo wash');
});

test.each([
  ['currentTemperature', '27.5', 'C', '27.5 °C'],
  ['humidity', '58', '%', '58%'],
  ['totalPollutionLevel', 'NORMAL', null, 'Fair'],
  ['someNewThing', 'VERY_NEW', null, 'Very new'],
  ['recipeName', 'My Stout', null, 'My Stout'],
])('the value of %s, %s %s, reads %s', (property, value, unit, said) => {
  expect(valueOf({ place: '', property, value, unit }, en)).toBe(said);
});

test.each([
  ['currentJobMode', 'COOL', '냉방'],
  ['currentJobMode', 'SLEEP', '취침'],
  ['currentDishWashingCourse', 'ECO', '에코'],
  ['currentDishWashingCourse', 'NORMAL', '표준'],
  ['signalLevel', 'SIGNALLEVEL_ON', '켜짐'],
  ['mCReminder', 'MCREMINDER_OFF', '꺼짐'],
  ['rinseLevel', 'RINSELEVEL_2', '2'],
  ['cookMode', 'SOMETHING_NEW', 'Something new'],
])('in Korean %s of an appliance that is %s reads %s', (property, value, said) => {
  expect(valueOf({ place: '', property, value, unit: null }, ko)).toBe(said);
});

test('readings stay in order within their places', () => {
  const reading = (place: string, property: string) => ({ place, property, value: '', unit: null });

  const places = byPlace([reading('A', '1'), reading('B', '2'), reading('A', '3')]);

  expect(
    places.map(({ place, readings }) => [place, readings.map((each) => each.property)]),
  ).toEqual([
    ['A', ['1', '3']],
    ['B', ['2']],
  ]);
});

test.each([
  [0, '0 min', '0분'],
  [59, '59 min', '59분'],
  [60, '1 h', '1시간'],
  [135, '2 h 15 min', '2시간 15분'],
])('a span of %i minutes', (minutes, english, korean) => {
  expect(span(minutes, en)).toBe(english);
  expect(span(minutes, ko)).toBe(korean);
});

test('energy is shown by day and month, and what LG has not published is said', async () => {
  backend.home.energy.set('washer-1', {
    days: [
      { date: '2026-11-20', wattHours: 410 },
      { date: '2026-11-21', wattHours: 1250 },
    ],
    months: [
      { date: '2026-10', wattHours: 31_400 },
      { date: '2026-11', wattHours: 20_000 },
    ],
    readAtMs: NOW_MS - 3_600_000,
  });
  openDevice();

  await screen.findByText('Today', { selector: 'dt' });
  expect(screen.getByRole('heading', { name: 'Energy' })).toBeTruthy();
  const fact = (name: string) => screen.getByText(name, { selector: 'dt' }).nextElementSibling;
  expect(fact('Today')?.textContent.trim()).toBe('Not published by LG yet');
  expect(fact('Yesterday')?.textContent.trim()).toBe('1.25 kWh');
  expect(fact('This month')?.textContent.trim()).toBe('20 kWh');
  expect(fact('Last month')?.textContent.trim()).toBe('31.4 kWh');
  expect(screen.getByRole('img', { name: 'By day: 1.66 kWh in all' })).toBeTruthy();
  expect(screen.getByRole('row', { name: 'Nov 20 0.41 kWh', hidden: true })).toBeTruthy();
  expect(axes()).toEqual(['kWh: 1.5 1 0.5 0', 'kWh: 40 20 0']);
  expect(backend.requests('deviceEnergy')).toEqual([{ ask: 'deviceEnergy', id: 'washer-1' }]);
});

/** Scales of the charts on the page, which screen readers skip. */
function axes(): string[] {
  return screen.getAllByText('kWh').map((unit) => {
    const axis = unit.nextElementSibling;
    expect([unit.ariaHidden, axis?.ariaHidden]).toEqual(['true', 'true']);
    const numbers = [...(axis?.children ?? [])].map(({ textContent }) => textContent);
    return `${unit.textContent}: ${numbers.join(' ')}`;
  });
}

test.each([
  [[], '0 0.5 1'],
  [[0, 0], '0 0.5 1'],
  [[1], '0 0.0005 0.001'],
  [[30], '0 0.01 0.02 0.03'],
  [[410, 1250], '0 0.5 1 1.5'],
  [[2000], '0 1 2'],
  [[3001], '0 2 4'],
  [[31_400], '0 20 40'],
  [[123_456], '0 50 100 150'],
  [[2_400_000], '0 1,000 2,000 3,000'],
])('the axis of %j watt-hours', (values, expected) => {
  const uses = values.map((wattHours) => ({ date: '2026-11-21', wattHours }));

  const names = ticksOf(uses).map((tick) => tickName(tick, 'en'));

  expect(names.join(' ')).toBe(expected);
});

test('a device that LG does not measure has no energy', async () => {
  openDevice();

  expect(await screen.findByRole('heading', { name: 'Laundry' })).toBeTruthy();
  await waitFor(() => expect(backend.requests('deviceEnergy')).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Energy' })).toBeNull());
});

test('a day that LG has no value for leaves a gap', async () => {
  backend.home.energy.set('washer-1', {
    days: [
      { date: '2026-11-18', wattHours: 410 },
      { date: '2026-11-21', wattHours: 1250 },
    ],
    months: [],
    readAtMs: NOW_MS,
  });
  openDevice();

  const chart = await screen.findByRole('img', { name: 'By day: 1.66 kWh in all' });
  const words = [...chart.querySelectorAll('title')].map((title) => title.textContent);
  expect(words).toEqual(['Nov 18: 0.41 kWh', 'Nov 19: –', 'Nov 20: –', 'Nov 21: 1.25 kWh']);
});

test.each([
  [['2026-12', '2027-02'], 3],
  [['2024-02-28', '2024-03-01'], 3],
  [['2026-11-21'], 1],
  [[], 0],
  // Nonsense does not become a hundred thousand bars.
  [['1700-01-01', '2026-11-21'], 2],
  [['2026-11-21', '2026-11-20'], 2],
])('the periods of %j', (dates, count) => {
  expect(periodsOf(dates.map((date) => ({ date, wattHours: 1 })))).toHaveLength(count);
});

test('a token without the feature leads to the page where one is made', async () => {
  backend.failing.set('deviceEnergy', { code: 'featureMissing', feature: 'energy' });
  const user = openDevice();

  await user.click(await screen.findByRole('button', { name: "Open LG's page" }));

  expect(backend.requests('tokenPageOpen')).toHaveLength(1);
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

test('energy that could not be read can be asked for again', async () => {
  backend.failing.set('deviceEnergy', { code: 'connectUnreachable' });
  backend.home.energy.set('washer-1', { days: [], months: [], readAtMs: NOW_MS });
  const user = openDevice();
  const alert = await screen.findByRole('alert');
  backend.failing.clear();

  const card = alert.closest('section') ?? document.body;
  await user.click(within(card).getByRole('button', { name: 'Try again' }));

  await waitFor(() => expect(screen.getByText('Yesterday')).toBeTruthy());
});
