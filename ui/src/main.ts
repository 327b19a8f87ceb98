// Entry point: uses the resident program, or a fake household during development.

import { mount } from 'svelte';

import App from './App.svelte';
import { tauriBackend, type Backend } from './lib/backend';
import { wording } from './lib/wording.svelte';
import './styles/tokens.css';
import './styles/base.css';

async function chooseBackend(): Promise<Backend> {
  if (import.meta.env.DEV || import.meta.env.MODE === 'e2e') {
    const fake = new URLSearchParams(location.search).get('fake');
    if (fake !== null) return (await import('./testing/household')).household(fake);
  }
  return tauriBackend;
}

async function open(target: HTMLElement): Promise<void> {
  await wording.speak(navigator.language);
  mount(App, { target, props: { backend: await chooseBackend() } });
}

const target = document.getElementById('app');
// Not awaited at the top level: modules loaded later depend on this file.
if (target) void open(target);
