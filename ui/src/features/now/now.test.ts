import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import App from '../../App.svelte';
import type { Device } from '../../lib/contract/Device';
import { Clock } from '../../lib/clock.svelte';
import { exampleStatus, FakeBackend, NOW_MS } from '../../testing/fakeBackend';
import { exampleDevice, examplePart, exampleProgress } from '../../testing/fakeHome';

import { listsOf } from './now';

const MINUTE_MS = 60_000;

let backend: FakeBackend;
let clock: Clock;

beforeEach(() => {
  backend = new FakeBackend();
  backend.view = { view: 'now' };
  clock = new Clock('UTC');
  clock.nowMs = NOW_MS;
});

function open(...devices: Device[]) {
  backend.home.devices = devices;
  render(App, { backend, clock });
  return userEvent.setup();
}

function washer(left: number, total: number | null, change: Partial<Device['parts'][0]> = {}) {
  const progress = exampleProgress(clock.nowMs, left, total);
  const part = examplePart({ phase: 'running', runState: 'RINSING', progress, ...change });
  return exampleDevice({ parts: [part] });
}

/** Some versions of the locale data use a narrow space before AM. */
const spoken = (text: string | null | undefined) => (text ?? '').replace(/[\u202f\s]+/gu, ' ');

const bar = () => screen.findByRole('progressbar');
const valueNow = async () => (await bar()).getAttribute('aria-valuenow');
const valueText = async () => spoken((await bar()).getAttribute('aria-valuetext'));

test('a running appliance shows its phase, how far it is and when it is ready', async () => {
  open(washer(18, 72));

  const card = await screen.findByRole('article');
  expect(within(card).getByRole('heading', { name: 'Laundry' })).toBeTruthy();
  expect(within(card).getByText('Rinsing')).toBeTruthy();
  expect(spoken(within(card).getByText(/Ready at/).textContent)).toBe('Ready at 12:18 PM');
  expect(await valueNow()).toBe('75');
  expect(await valueText()).toBe('18 min left, Ready at 12:18 PM');
});

test('between reports the clock moves it on, and a report corrects it', async () => {
  open(washer(36, 72));
  expect(await valueNow()).toBe('50');

  clock.nowMs += 18 * MINUTE_MS;
  await screen.findByText('18 min left');
  expect(await valueNow()).toBe('75');

  backend.home.report('washer-1', washer(54, 72));
  await screen.findByText('54 min left');
  expect(await valueNow()).toBe('25');
  expect(await valueText()).toContain('1:12 PM');
});

test('what is over its time is ready any moment, and never beyond the end', async () => {
  open(washer(1, 72));
  await bar();

  clock.nowMs += 10 * MINUTE_MS;

  expect(await screen.findByText('Ready any moment now')).toBeTruthy();
  expect(await valueNow()).toBe('100');
});

test('a paused appliance stands still', async () => {
  open(washer(36, 72, { phase: 'paused', runState: 'PAUSE' }));
  expect(await valueNow()).toBe('50');

  clock.nowMs += 30 * MINUTE_MS;

  expect(await screen.findByText('36 min left')).toBeTruthy();
  expect(await valueNow()).toBe('50');
  expect(screen.queryByText(/Ready at/)).toBeNull();
});

test('a reserved appliance says when it starts', async () => {
  open(washer(130, null, { phase: 'reserved', runState: 'RESERVED' }));

  const later = await screen.findByRole('region', { name: 'Starting later' });
  expect(spoken(within(later).getByText(/Starts at/).textContent)).toBe('Starts at 2:10 PM');
  expect(within(later).getByText('in 2 h 10 min')).toBeTruthy();
  expect(screen.queryByRole('progressbar')).toBeNull();
});

test('without a whole length there is no bar that would lie', async () => {
  open(washer(20, null));

  expect(await screen.findByText(/Ready at/)).toBeTruthy();
  expect(screen.queryByRole('progressbar')).toBeNull();
});

test('each part that runs has a line of its own, what ends next first', async () => {
  open(
    exampleDevice({
      parts: [
        examplePart({
          place: 'MAIN',
          phase: 'running',
          runState: 'RUNNING',
          progress: exampleProgress(NOW_MS, 50, 60),
        }),
        examplePart({
          place: 'MINI',
          phase: 'running',
          runState: 'SPINNING',
          progress: exampleProgress(NOW_MS, 5, 60),
        }),
      ],
    }),
  );

  const bars = await screen.findAllByRole('progressbar');
  expect(bars.map((each) => each.getAttribute('aria-label'))).toEqual([
    'Laundry, Mini',
    'Laundry, Main',
  ]);
  expect(screen.getByText('Washing')).toBeTruthy();
});

test('problems and open doors stand on top, idle appliances are folded away', async () => {
  const user = open(
    exampleDevice({ id: 'robot-1', name: 'Dusty', deviceType: 'DEVICE_ROBOT_CLEANER' }),
    washer(20, 60),
    exampleDevice({ id: 'fridge-1', name: 'Fridge', openDoors: ['FREEZER'] }),
    exampleDevice({
      id: 'dish-1',
      name: 'Dishes',
      parts: [examplePart({ phase: 'error', runState: 'ERROR', error: 'WATER_SUPPLY_ERROR' })],
    }),
  );

  const alerts = await screen.findByRole('region', { name: 'Needs a look' });
  const lines = within(alerts)
    .getAllByRole('article')
    .map((each) => spoken(each.textContent));
  expect(lines[0]).toContain('No water coming in');
  expect(lines[0]).toContain('Dishes');
  expect(lines[1]).toContain('Door is open');
  expect(lines[1]).toContain('Freezer');
  const headings = screen.getAllByRole('heading', { level: 3 }).map((each) => each.textContent);
  expect(headings).toEqual(['Needs a look', 'Running']);

  const fold = screen.getByText('1 more appliance').closest('details');
  expect(fold?.open).toBe(false);
  await user.click(screen.getByText('1 more appliance'));
  expect(fold?.open).toBe(true);
});

test('a card leads to the appliance', async () => {
  const user = open(washer(20, 60));

  await user.click(await screen.findByRole('link', { name: 'Laundry' }));

  expect(await screen.findByRole('heading', { name: 'Laundry', level: 2 })).toBeTruthy();
  expect(location.hash).toBe('#/devices/washer-1');
});

test('when nothing runs it says so', async () => {
  open(exampleDevice());

  expect(await screen.findByText('Nothing is running')).toBeTruthy();
});

test('a home without appliances says how to get some', async () => {
  open();

  expect(await screen.findByText('No appliances yet')).toBeTruthy();
});

test('whoever is signed out can sign in from here', async () => {
  backend.status = exampleStatus({ connection: { state: 'signedOut' }, account: null });
  const user = open();
  const [button] = (await screen.findAllByRole('button', { name: 'Sign in…' })).slice(-1);

  if (button) await user.click(button);

  expect(await screen.findByRole('dialog')).toBeTruthy();
});

test('a home that cannot be read says so and can be tried again', async () => {
  backend.failing.set('home', { code: 'historyUnavailable' });
  const user = open(washer(20, 60));
  const retry = await screen.findByRole('button', { name: 'Try again' });

  backend.failing.clear();
  await user.click(retry);

  expect(await bar()).toBeTruthy();
});

test('while it is being read, nothing is claimed', async () => {
  backend.silent.add('home');
  open();

  await screen.findByRole('heading', { name: 'Now' });
  expect(screen.queryByText('No appliances yet')).toBeNull();
  expect(screen.getAllByText('Loading…').length).toBeGreaterThan(0);
});

test('what is told while an old answer is on its way is not overwritten by it', async () => {
  const ask = backend.ask.bind(backend);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  backend.ask = async (request) => {
    const answer = await ask(request);
    if (request.ask === 'home') await held;
    return answer;
  };
  open(washer(50, 60));
  await screen.findByRole('heading', { name: 'Now' });

  backend.tell({ told: 'homeChanged', home: { devices: [washer(10, 60)] } });
  release();

  expect(await screen.findByText('10 min left')).toBeTruthy();
  // Waits for pending updates.
  await new Promise((resolve) => setTimeout(resolve));
  expect(screen.getByText('10 min left')).toBeTruthy();
});

test('everything is said in Korean as well', async () => {
  backend.status = exampleStatus({ language: 'ko' });
  open(washer(78, 100));

  expect(await screen.findByText('헹구는 중')).toBeTruthy();
  expect(screen.getByText(/에 끝나요/)).toBeTruthy();
  expect(screen.getByText('1시간 18분 남음')).toBeTruthy();
});

test.each([
  ['off', 'idle'],
  ['idle', 'idle'],
  ['charging', 'idle'],
  ['unknown', 'idle'],
  ['reserved', 'reserved'],
  ['running', 'active'],
  ['paused', 'active'],
  ['aftercare', 'active'],
  ['service', 'active'],
  ['finished', 'finished'],
  ['error', 'alerts'],
] as const)('the phase %s belongs to the list %s', (phase, list) => {
  const lists = listsOf([exampleDevice({ parts: [examplePart({ phase })] })]);

  expect(Object.values(lists).flat()).toHaveLength(1);
  expect(lists[list]).toHaveLength(1);
});

test('a report that is younger than the page’s clock adds no minute', async () => {
  const device = washer(40, 60);
  clock.nowMs -= MINUTE_MS / 2;

  open(device);

  expect(await screen.findByText('40 min left')).toBeTruthy();
});
