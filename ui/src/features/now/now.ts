// Selects the devices to highlight. Pure.

import type { Device } from '$lib/contract/Device';
import type { Part } from '$lib/contract/Part';
import type { Phase } from '$lib/contract/Phase';

/** A part with a row of its own. */
export interface Active {
  device: Device;
  part: Part;
}

/** An open door or a problem. */
export type Alert =
  | { about: 'problem'; device: Device; part: Part }
  | { about: 'door'; device: Device; place: string };

export interface NowLists {
  /** On top. */
  alerts: Alert[];
  /** Ordered by end time. */
  active: Active[];
  /** Ordered by start time. */
  reserved: Active[];
  /** Finished, waiting to be unloaded. */
  finished: Active[];
  /** Devices that appear in no other group. */
  idle: Device[];
}

/** Order of phases; phases that are missing here are idle. */
const ORDER: Readonly<Partial<Record<Phase, number>>> = {
  running: 0,
  paused: 1,
  aftercare: 2,
  service: 2,
};

export function listsOf(devices: readonly Device[]): NowLists {
  const lists: NowLists = { alerts: [], active: [], reserved: [], finished: [], idle: [] };
  for (const device of devices) {
    const alerts = alertsOf(device);
    lists.alerts.push(...alerts);
    let isIdle = alerts.length === 0;
    for (const part of device.parts) {
      const list = listFor(part, lists);
      list?.push({ device, part });
      isIdle &&= list === null;
    }
    if (isIdle) lists.idle.push(device);
  }
  // Problems before doors; otherwise in LG's order.
  lists.alerts.sort((one, other) => rank(one) - rank(other));
  lists.active.sort((one, other) => compare(one.part, other.part));
  lists.reserved.sort((one, other) => compare(one.part, other.part));
  return lists;
}

/** A problem is an alert; a part with nothing else is not repeated. */
function listFor({ phase }: Part, lists: NowLists): Active[] | null {
  if (ORDER[phase] !== undefined) return lists.active;
  if (phase === 'reserved') return lists.reserved;
  return phase === 'finished' ? lists.finished : null;
}

function rank({ about }: Alert): number {
  return about === 'problem' ? 0 : 1;
}

/** Alerts of a device. */
export function alertsOf(device: Device): Alert[] {
  return [
    ...device.parts
      .filter(({ error, phase }) => error !== null || phase === 'error')
      .map((part) => ({ about: 'problem' as const, device, part })),
    ...device.openDoors.map((place) => ({ about: 'door' as const, device, place })),
  ];
}

function compare(one: Part, other: Part): number {
  const byPhase = (ORDER[one.phase] ?? 0) - (ORDER[other.phase] ?? 0);
  if (byPhase !== 0) return byPhase;
  const end = (part: Part) => part.progress?.endsAtMs ?? Number.MAX_SAFE_INTEGER;
  return end(one) - end(other);
}
