// Menu entry.

import type { Component } from 'svelte';

export interface MenuItem {
  id: string;
  label: string;
  icon: Component;
  run: () => unknown;
  isDisabled?: boolean;
  isDangerous?: boolean;
}
