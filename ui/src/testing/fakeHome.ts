// Devices of the fake resident program.

import type { Control } from '$lib/contract/Control';
import type { Device } from '$lib/contract/Device';
import type { DeviceEnergy } from '$lib/contract/DeviceEnergy';
import type { DeviceDetails } from '$lib/contract/DeviceDetails';
import type { Part } from '$lib/contract/Part';
import type { Phase } from '$lib/contract/Phase';
import type { Progress } from '$lib/contract/Progress';
import type { Reading } from '$lib/contract/Reading';
import type { Request } from '$lib/contract/Request';
import type { Response } from '$lib/contract/Response';
import type { Update } from '$lib/contract/Update';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

type HomeRequest = Extract<
  Request,
  { ask: 'home' | 'homeRead' | 'deviceDetails' | 'deviceEnergy' | 'deviceWatch' | 'deviceControl' }
>;

export function examplePart(change: Partial<Part> = {}): Part {
  return { place: '', phase: 'idle', runState: null, error: null, progress: null, ...change };
}

export function exampleDevice(change: Partial<Device> = {}): Device {
  return {
    id: 'washer-1',
    name: 'Laundry',
    deviceType: 'DEVICE_WASHER',
    model: 'F3L2CYV5W',
    isWatched: true,
    push: { state: 'active' },
    events: { state: 'active' },
    seenAtMs: null,
    parts: [examplePart()],
    openDoors: [],
    ...change,
  };
}

/** A cycle of `total` minutes with `left` minutes to go. */
export function exampleProgress(nowMs: number, left: number, total: number | null): Progress {
  return { endsAtMs: nowMs + left * MINUTE_MS, remainingMinutes: left, totalMinutes: total };
}

export class FakeHome {
  devices: readonly Device[] = [];
  /** By device id. */
  readonly details = new Map<string, Partial<DeviceDetails>>();
  /** By device id; LG does not measure the others. */
  readonly energy = new Map<string, DeviceEnergy>();
  readonly #tell: (told: Update) => void;

  constructor(tell: (told: Update) => void) {
    this.#tell = tell;
  }

  /** As reported by the device. */
  report(id: string, change: Partial<Device>): void {
    this.devices = this.devices.map((each) => (each.id === id ? { ...each, ...change } : each));
    this.#tell({ told: 'homeChanged', home: { devices: [...this.devices] } });
  }

  answer(request: HomeRequest): Response {
    switch (request.ask) {
      case 'home':
      case 'homeRead':
        return this.#home();
      case 'deviceDetails':
        return this.#details(request.id);
      case 'deviceEnergy':
        return { answer: 'deviceEnergy', energy: this.energy.get(request.id) ?? null };
      case 'deviceWatch':
        this.report(request.id, {
          isWatched: request.isWatched,
          push: { state: request.isWatched ? 'active' : 'off' },
          events: { state: request.isWatched ? 'active' : 'off' },
        });
        return this.#home();
      case 'deviceControl':
        this.#control(request.id, request.place, request.action);
        return { answer: 'done' };
    }
  }

  #home(): Response {
    return { answer: 'home', home: { devices: [...this.devices] } };
  }

  #details(id: string): Response {
    const device = this.devices.find((each) => each.id === id);
    if (!device) return { answer: 'failed', problem: { code: 'internal' } };
    return {
      answer: 'deviceDetails',
      details: {
        device,
        readings: [],
        controls: [],
        profileProblem: null,
        rawState: null,
        rawProfile: null,
        ...this.details.get(id),
      },
    };
  }

  #control(id: string, place: string, action: Control['action']): void {
    const device = this.devices.find((each) => each.id === id);
    const phases: Record<Control['action'], [Phase, string]> = {
      start: ['running', 'RUNNING'],
      stop: ['paused', 'PAUSE'],
      powerOn: ['running', 'POWER_ON'],
      powerOff: ['off', 'POWER_OFF'],
      wakeUp: ['idle', 'INITIAL'],
    };
    const [phase, runState] = phases[action];
    const parts = device?.parts.map((part) =>
      part.place === place || device.parts.length === 1 ? { ...part, phase, runState } : part,
    );
    this.report(id, { parts: parts ?? [] });
  }
}

/** Uneven use on each of the days before `nowMs`, and by month; today's is not published yet. */
export function exampleEnergy(nowMs: number, days = 30): DeviceEnergy {
  const dateOf = (ago: number) => new Date(nowMs - ago * DAY_MS).toISOString().slice(0, 10);
  const used = (ago: number) => (ago % 3 === 0 ? 0 : 350 + ((ago * 397) % 900));
  const ago = Array.from({ length: days }, (_, at) => days - at);
  const year = Number(dateOf(0).slice(0, 4));
  const month = Number(dateOf(0).slice(5, 7));
  const monthBefore = (months: number) =>
    new Date(Date.UTC(year, month - 1 - months)).toISOString().slice(0, 7);
  return {
    days: ago.map((each) => ({ date: dateOf(each), wattHours: used(each) })),
    months: [5, 4, 3, 2, 1, 0].map((months) => ({
      date: monthBefore(months),
      wattHours: 9_000 + ((months * 4_321) % 7_000),
    })),
    readAtMs: nowMs - 2 * 3_600_000,
  };
}

/** A home with running devices. */
export function livelyHome(home: FakeHome, nowMs: number, isKorean: boolean): void {
  const seenAtMs = nowMs - 3 * MINUTE_MS;
  const named = (korean: string, english: string) => (isKorean ? korean : english);
  const device = (id: string, type: string, name: string, change: Partial<Device> = {}) =>
    exampleDevice({ id, deviceType: type, name, model: null, seenAtMs, ...change });
  const running = (phase: Phase, runState: string, progress: Progress | null, place = '') =>
    examplePart({ place, phase, runState, progress });
  home.devices = [
    device('washer-1', 'DEVICE_WASHER', named('세탁기', 'Washer'), {
      model: 'F3L2CYV5W',
      parts: [
        running('running', 'RINSING', exampleProgress(nowMs, 23, 72), 'MAIN'),
        running('paused', 'PAUSE', exampleProgress(nowMs, 31, 45), 'MINI'),
      ],
    }),
    device('dryer-1', 'DEVICE_DRYER', named('건조기', 'Dryer'), {
      parts: [running('reserved', 'RESERVED', exampleProgress(nowMs, 190, null))],
    }),
    device('dishwasher-1', 'DEVICE_DISH_WASHER', named('식기세척기', 'Dishwasher'), {
      parts: [examplePart({ phase: 'error', runState: 'ERROR', error: 'WATER_SUPPLY_ERROR' })],
    }),
    device('fridge-1', 'DEVICE_REFRIGERATOR', named('냉장고', 'Fridge'), {
      openDoors: [''],
    }),
    device('oven-1', 'DEVICE_OVEN', named('부엌 오븐', 'Kitchen oven'), {
      parts: [
        running('running', 'COOKING_IN_PROGRESS', exampleProgress(nowMs, 9, 40), 'UPPER'),
        examplePart({ place: 'LOWER', runState: 'INITIAL' }),
      ],
    }),
    device('styler-1', 'DEVICE_STYLER', named('스타일러', 'Styler'), {
      parts: [running('finished', 'COMPLETE', null)],
    }),
    device('aircon-1', 'DEVICE_AIR_CONDITIONER', named('거실 에어컨', 'Living room'), {
      parts: [running('running', 'COOL', null)],
      events: { state: 'failed', problem: { code: 'api', apiCode: '1312' } },
    }),
    device('robot-1', 'DEVICE_ROBOT_CLEANER', 'Dusty', {
      parts: [running('charging', 'CHARGING', null)],
    }),
    device('purifier-1', 'DEVICE_WATER_PURIFIER', '', {
      events: { state: 'unsupported' },
      seenAtMs: null,
      parts: [examplePart({ phase: 'unknown' })],
    }),
    device('lamp-1', 'DEVICE_MOON_LAMP', named('달빛 등', 'Moon lamp'), {
      isWatched: false,
      push: { state: 'off' },
      events: { state: 'off' },
    }),
  ];
  describeHome(home);
  home.energy.set('washer-1', exampleEnergy(nowMs));
  home.energy.set('dryer-1', { days: [], months: [], readAtMs: nowMs });
}

function describeHome(home: FakeHome): void {
  const reading = (place: string, property: string, value: string, unit: string | null = null) =>
    ({ place, property, value, unit }) satisfies Reading;
  home.details.set('washer-1', {
    readings: [
      reading('MAIN', 'remoteControlEnabled', 'true'),
      reading('MAIN', 'detergentSetting', 'NORMAL'),
      reading('MAIN', 'cycleCount', '31'),
      reading('MINI', 'remoteControlEnabled', 'false'),
      reading('MINI', 'cycleCount', '12'),
    ],
    controls: [
      { place: 'MAIN', action: 'stop', isAvailable: true },
      { place: 'MAIN', action: 'powerOff', isAvailable: true },
      { place: 'MINI', action: 'start', isAvailable: false },
    ],
    rawState: JSON.stringify([
      { location: { locationName: 'MAIN' }, runState: { currentState: 'RINSING' } },
    ]),
    rawProfile: JSON.stringify({ notification: { push: ['WASHING_IS_COMPLETE'] } }),
  });
  home.details.set('aircon-1', {
    readings: [
      reading('', 'airConOperationMode', 'POWER_ON'),
      reading('', 'currentJobMode', 'COOL'),
      reading('', 'currentTemperature', '27.5', 'C'),
      reading('', 'targetTemperature', '25', 'C'),
      reading('', 'humidity', '58', '%'),
      reading('', 'totalPollutionLevel', 'GOOD'),
    ],
    controls: [{ place: '', action: 'powerOff', isAvailable: true }],
  });
  home.details.set('dishwasher-1', { profileProblem: { code: 'api', apiCode: '1222' } });
}
