// Catalogue ids of the kinds of targets and of what their secret is used for.

import type { Signing } from '$lib/contract/Signing';

import type { Kind } from './forwarding';

export const KIND_IDS: Record<Kind, string> = {
  ntfy: 'window-forward-ntfy',
  mqtt: 'window-forward-mqtt',
  webhook: 'window-forward-webhook',
  command: 'window-forward-command',
};

export const KIND_HINT_IDS: Record<Kind, string> = {
  ntfy: 'window-forward-ntfy-hint',
  mqtt: 'window-forward-mqtt-hint',
  webhook: 'window-forward-webhook-hint',
  command: 'window-forward-command-hint',
};

export const SIGNING_IDS: Record<Signing, string> = {
  none: 'window-forward-signing-none',
  bearer: 'window-forward-signing-bearer',
  hmac: 'window-forward-signing-hmac',
};

/** Labels of the secret. */
export const SECRET_IDS: Record<Exclude<Kind, 'command'>, string> = {
  ntfy: 'window-forward-token',
  mqtt: 'window-forward-password',
  webhook: 'window-forward-key',
};

/** What an address looks like. */
export const URL_HINT_IDS: Record<Exclude<Kind, 'command'>, string> = {
  ntfy: 'window-forward-url-ntfy',
  mqtt: 'window-forward-url-mqtt',
  webhook: 'window-forward-url-webhook',
};
