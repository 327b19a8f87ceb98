// What of the home stands in the foreground now. Pure.

import type { Device } from '$lib/contract/Device';
import type { Part } from '$lib/contract/Part';
import type { Phase } from '$lib/contract/Phase';

/** A part that is worth a line of its own. */
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
  /** What ends next comes first. */
  active: Active[];
  /** Finished, and waiting for somebody. */
  finished: Active[];
  /** Devices of which nothing else is said. */
  idle: Device[];
}

/** What comes first; phases that are not here are quiet. */
const ORDER: Readonly<Partial<Record<Phase, number>>> = {
  running: 0,
  paused: 1,
  aftercare: 2,
  service: 2,
  reserved: 3,
};

export function listsOf(devices: readonly Device[]): NowLists {
  const lists: NowLists = { alerts: [], active: [], finished: [], idle: [] };
  for (const device of devices) {
    const loud = device.parts.map((part) => ({ device, part }));
    const problems = loud.filter(({ part }) => part.error !== null || part.phase === 'error');
    const active = loud.filter(({ part }) => ORDER[part.phase] !== undefined);
    const finished = loud.filter(({ part }) => part.phase === 'finished');
    lists.alerts.push(...problems.map((each) => ({ about: 'problem' as const, ...each })));
    lists.alerts.push(
      ...device.openDoors.map((place) => ({ about: 'door' as const, device, place })),
    );
    lists.active.push(...active);
    lists.finished.push(...finished);
    if (active.length + finished.length + problems.length + device.openDoors.length === 0) {
      lists.idle.push(device);
    }
  }
  // Problems before doors; otherwise in LG's order.
  lists.alerts.sort((one, other) => rank(one) - rank(other));
  lists.active.sort((one, other) => compare(one.part, other.part));
  return lists;
}

function rank({ about }: Alert): number {
  return about === 'problem' ? 0 : 1;
}

function compare(one: Part, other: Part): number {
  const byPhase = (ORDER[one.phase] ?? 0) - (ORDER[other.phase] ?? 0);
  if (byPhase !== 0) return byPhase;
  const end = (part: Part) => part.progress?.endsAtMs ?? Number.MAX_SAFE_INTEGER;
  return end(one) - end(other);
}
