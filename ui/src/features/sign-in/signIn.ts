// Rules of the sign-in form: client-side validation, and the field of a problem.

import type { PasswordForm } from '$lib/contract/PasswordForm';
import type { Problem } from '$lib/contract/Problem';
import type { ProblemCode } from '$lib/contract/ProblemCode';
import type { SignInDefaults } from '$lib/contract/SignInDefaults';
import type { SignInForm } from '$lib/contract/SignInForm';

import { isAddress } from './privateAddress';

/** Field of an error; `form` is the whole form. */
export type Place = 'hub' | 'account' | 'password' | 'callback' | 'keys' | 'form';
export type Problems = Partial<Record<Place, Problem>>;

/** From top to bottom: the first one with a problem is focused. */
export const PLACES: readonly Place[] = ['hub', 'account', 'password', 'callback', 'keys', 'form'];

/** Input. Empty secrets keep those stored in the keyring. */
export interface Fields {
  hubUrl: string;
  account: string;
  password: string;
  callbackUrl: string;
  passwordForm: PasswordForm;
  empClientId: string;
  empClientSecret: string;
  connectClientId: string;
  connectClientSecret: string;
}

export const NO_FIELDS: Fields = {
  hubUrl: '',
  account: '',
  password: '',
  callbackUrl: '',
  passwordForm: 'sha512',
  empClientId: '',
  empClientSecret: '',
  connectClientId: '',
  connectClientSecret: '',
};

const PLACE_OF: Record<ProblemCode, Place> = {
  missingAccount: 'account',
  missingPassword: 'password',
  invalidAddress: 'hub',
  invalidCallbackAddress: 'callback',
  invalidProxy: 'form',
  wrongSignIn: 'password',
  accountLocked: 'password',
  keysRefused: 'keys',
  tokenRefused: 'form',
  terms: 'form',
  api: 'form',
  tooManyCalls: 'form',
  hubUnreachable: 'hub',
  hubUnknown: 'hub',
  hubTimedOut: 'hub',
  callbackUnreachable: 'callback',
  callbackRefused: 'callback',
  callbackEnded: 'callback',
  tls: 'form',
  invalidAnswer: 'form',
  keyringMissing: 'form',
  keyringLocked: 'form',
  historyUnavailable: 'form',
  historyFull: 'form',
  historyReadOnly: 'form',
  historyLocked: 'form',
  historyForeign: 'form',
  historyNewer: 'form',
  historyDamaged: 'form',
  fileUnwritable: 'form',
  fileUnreadable: 'form',
  jobRunning: 'form',
  noNotificationServer: 'form',
  windowMissing: 'form',
  otherVersion: 'form',
  alreadyRunning: 'form',
  notRunning: 'form',
  settings: 'form',
  invalidSetting: 'form',
  settingFixed: 'form',
  settingsBroken: 'form',
  otherHub: 'hub',
  proxyUnreachable: 'form',
  proxyRefused: 'form',
  autostart: 'form',
  autostartDemo: 'form',
  autostartMissing: 'form',
  autostartRefused: 'form',
  autostartUnanswered: 'form',
  demo: 'form',
  notSignedIn: 'form',
  deviceGone: 'form',
  notPossible: 'form',
  noNewState: 'form',
  internal: 'form',
};

export function placeOf(code: ProblemCode): Place {
  return PLACE_OF[code];
}

export function isAdvanced(place: Place): boolean {
  return place === 'callback' || place === 'keys';
}

/** Client-side validation error. */
export function problemsBefore(fields: Fields): Problems {
  const problems: Problems = {};
  if (!isAddress(fields.hubUrl, ['http:', 'https:'])) problems.hub = { code: 'invalidAddress' };
  if (fields.account.trim() === '') problems.account = { code: 'missingAccount' };
  if (fields.password === '') problems.password = { code: 'missingPassword' };
  // Empty uses LG's default.
  if (fields.callbackUrl !== '' && !isAddress(fields.callbackUrl, ['ws:', 'wss:'])) {
    problems.callback = { code: 'invalidCallbackAddress' };
  }
  return problems;
}

export function firstPlace(problems: Problems): Place | undefined {
  return PLACES.find((place) => problems[place] !== undefined);
}

export function fieldsFrom(
  defaults: SignInDefaults,
  demo: { account: string; password: string } | null,
): Fields {
  return {
    hubUrl: defaults.hubUrl,
    account: defaults.account || (demo?.account ?? ''),
    password: demo?.password ?? '',
    callbackUrl: defaults.callbackUrl,
    passwordForm: defaults.passwordForm,
    empClientId: defaults.empClientId,
    empClientSecret: '',
    connectClientId: defaults.connectClientId,
    connectClientSecret: '',
  };
}

export function formFrom(fields: Fields): SignInForm {
  const { empClientSecret, connectClientSecret, ...rest } = fields;
  return {
    ...rest,
    account: rest.account.trim(),
    empClientId: rest.empClientId.trim(),
    connectClientId: rest.connectClientId.trim(),
    ...(empClientSecret === '' ? {} : { empClientSecret }),
    ...(connectClientSecret === '' ? {} : { connectClientSecret }),
  };
}
