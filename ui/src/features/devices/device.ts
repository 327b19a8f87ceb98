// Text for a device and its parts. Pure: catalogue and current time are parameters.

import type { Device } from '$lib/contract/Device';
import type { Part } from '$lib/contract/Part';
import type { Phase } from '$lib/contract/Phase';
import type { Reading } from '$lib/contract/Reading';
import type { Subscription } from '$lib/contract/Subscription';
import { shortMoment, type Present } from '$lib/moment';
import type { Words } from '$lib/words';

const MINUTE_MS = 60_000;

/** Progress of a cycle at the current time. */
export interface Cycle {
  /** From 0 to 100; `null` if the duration is unknown or the cycle has not started. */
  percent: number | null;
  /** "Ready at 15:40", "Starts at 22:00"; empty while paused. */
  when: string;
  /** "23 min left". */
  left: string;
  isStill: boolean;
}

export function nameOf(device: Device, words: Words): string {
  return device.name.trim() === '' ? words.deviceTypeName(device.deviceType) : device.name;
}

/** Name of the part if there are several; empty for the only one. */
export function partName(device: Device, part: Part, words: Words): string {
  return device.parts.length < 2 || part.place === '' ? '' : words.part(part.place);
}

export function stateOf(device: Device, part: Part, words: Words): string {
  if (part.runState === null) return words.text(PHASE_IDS[part.phase]);
  return words.runState(device.deviceType, part.place, part.runState);
}

const PHASE_IDS: Record<Phase, string> = {
  off: 'phase-off',
  idle: 'phase-idle',
  reserved: 'phase-reserved',
  running: 'phase-running',
  paused: 'phase-paused',
  aftercare: 'phase-aftercare',
  finished: 'phase-finished',
  charging: 'phase-charging',
  service: 'phase-service',
  error: 'phase-error',
  unknown: 'phase-unknown',
};

/** Advances with the clock between reports; a paused cycle does not. */
export function cycleOf(part: Part, words: Words, present: Present): Cycle | null {
  const { progress, phase } = part;
  if (progress === null) return null;
  const at = shortMoment(progress.endsAtMs, words.language, present);
  const byClock = Math.max(0, Math.ceil((progress.endsAtMs - present.nowMs) / MINUTE_MS));
  // The page's clock ticks once a minute, so a report may be newer.
  const untilEnd = Math.min(byClock, progress.remainingMinutes);
  if (phase === 'reserved') {
    return {
      percent: null,
      when: words.text('window-cycle-starts', { time: at }),
      left:
        untilEnd === 0 ? '' : words.text('window-cycle-starts-in', { time: span(untilEnd, words) }),
      isStill: true,
    };
  }
  const isStill = phase === 'paused' || phase === 'error';
  const left = isStill ? progress.remainingMinutes : untilEnd;
  const total = progress.totalMinutes;
  return {
    percent: total === null || total === 0 ? null : within((1 - left / total) * 100),
    when: isStill || left === 0 ? '' : words.text('window-cycle-ready', { time: at }),
    left:
      left === 0
        ? words.text('window-cycle-any-moment')
        : words.text('window-cycle-left', { time: span(left, words) }),
    isStill,
  };
}

/** "1 h 12 min". */
export function span(minutes: number, words: Words): string {
  const hours = Math.floor(minutes / 60);
  return words.text('window-span', { hours, minutes: minutes % 60 });
}

function within(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}

export interface Place {
  /** Empty for the whole device. */
  place: string;
  readings: Reading[];
}

/** In the order in which the places appear. */
export function byPlace(readings: readonly Reading[]): Place[] {
  const places = new Map<string, Reading[]>();
  for (const reading of readings) {
    const known = places.get(reading.place);
    if (known) known.push(reading);
    else places.set(reading.place, [reading]);
  }
  return [...places].map(([place, ofPlace]) => ({ place, readings: ofPlace }));
}

const UNITS: Readonly<Record<string, string>> = { C: '°C', F: '°F', PERCENT: '%' };

/** LG writes the value `ON` of `signalLevel` as `SIGNALLEVEL_ON`. */
function setting(property: string, written: string, words: Words): string {
  const prefix = `${property.toUpperCase()}_`;
  const value = written.startsWith(prefix) ? written.slice(prefix.length) : written;
  // The mode of a device describes its activity while it is on.
  const isMode = property === 'currentJobMode' && !words.has(`value-${property}-${value}`);
  return isMode ? words.runState('', '', value) : words.value(property, value);
}

export function valueOf({ property, value, unit }: Reading, words: Words): string {
  const said = setting(property, value, words);
  if (unit === null || unit === '') return said;
  const sign = UNITS[unit.toUpperCase()] ?? unit;
  return sign === '%' ? `${said}%` : `${said} ${sign}`;
}

/** All parts in one line: "Main: Rinsing · Ready at 15:40 · Mini: Ready". */
export function summaryOf(device: Device, words: Words, present: Present): string {
  if (!device.isWatched) return words.text('window-device-off');
  if (device.parts.length === 0) return words.text('phase-unknown');
  return device.parts
    .flatMap((part) => {
      const state = stateOf(device, part, words);
      const place = partName(device, part, words);
      const said = place === '' ? state : words.text('window-part-state', { place, state });
      const when = cycleOf(part, words, present)?.when ?? '';
      return when === '' ? [said] : [said, when];
    })
    .join(' · ');
}

/** Text for problems and open doors. */
export function alertWords(device: Device, words: Words): string[] {
  const problems = device.parts.flatMap(({ error }) =>
    error === null ? [] : [words.deviceError(error)],
  );
  return [...problems, ...device.openDoors.map((place) => doorWords(place, words))];
}

/** Reason why messages of a device may be missing; `null` if there is none. */
export function troubleOf(device: Device, words: Words): string | null {
  if (!device.isWatched) return null;
  const push = troubleWith(device.push, 'window-device-push-failed', words);
  return push ?? troubleWith(device.events, 'window-device-events-failed', words);
}

function troubleWith(subscription: Subscription, id: string, words: Words): string | null {
  if (subscription.state !== 'failed') return null;
  return words.text(id, { reason: words.problem(subscription.problem).text });
}

export function doorWords(place: string, words: Words): string {
  if (place === '') return words.text('window-door-open');
  return words.text('window-part-state', {
    place: words.part(place),
    state: words.text('window-door-open'),
  });
}
