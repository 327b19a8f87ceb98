// Views of the window, in navigation order.

import Activity from '@lucide/svelte/icons/activity';
import BellRing from '@lucide/svelte/icons/bell-ring';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import History from '@lucide/svelte/icons/history';
import Settings from '@lucide/svelte/icons/settings';
import WashingMachine from '@lucide/svelte/icons/washing-machine';

import type { Route } from '$lib/address';

export const ROUTES: readonly { route: Route; label: string; icon: typeof Activity }[] = [
  { route: 'now', label: 'window-now', icon: Activity },
  { route: 'history', label: 'window-history', icon: History },
  { route: 'devices', label: 'window-devices', icon: WashingMachine },
  { route: 'rules', label: 'window-rules', icon: BellRing },
  { route: 'settings', label: 'window-settings', icon: Settings },
  { route: 'checkup', label: 'window-checkup', icon: HeartPulse },
];
