// Rules of the sign-in form: client-side validation, and the field of a problem.

import type { Demo } from '$lib/contract/Demo';
import type { HubForm } from '$lib/contract/HubForm';
import type { PasswordForm } from '$lib/contract/PasswordForm';
import type { Problem } from '$lib/contract/Problem';
import type { ProblemCode } from '$lib/contract/ProblemCode';
import type { Provider } from '$lib/contract/Provider';
import type { SignInDefaults } from '$lib/contract/SignInDefaults';
import type { SignInForm } from '$lib/contract/SignInForm';

import { isAddress } from './privateAddress';

/** Field of an error; `form` is the whole form. */
export type Place =
  'token' | 'country' | 'hub' | 'account' | 'password' | 'callback' | 'keys' | 'form';
export type Problems = Partial<Record<Place, Problem>>;

/** From top to bottom: the first one with a problem is focused. */
export const PLACES: Readonly<Record<Provider, readonly Place[]>> = {
  connect: ['token', 'country', 'form'],
  hub: ['hub', 'account', 'password', 'callback', 'keys', 'form'],
};

/** Input for ThinQ Connect. */
export interface ConnectFields {
  token: string;
  /** Two capital letters; empty until one is chosen. */
  country: string;
}

/** Input for a hub. Empty secrets keep those stored in the keyring. */
export interface HubFields {
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

/** Input of both providers: a switch between them keeps it. */
export interface Fields {
  connect: ConnectFields;
  hub: HubFields;
}

export function noFields(): Fields {
  return {
    connect: { token: '', country: '' },
    hub: {
      hubUrl: '',
      account: '',
      password: '',
      callbackUrl: '',
      passwordForm: 'sha512',
      empClientId: '',
      empClientSecret: '',
      connectClientId: '',
      connectClientSecret: '',
    },
  };
}

const PLACE_OF: Record<ProblemCode, Place> = {
  missingToken: 'token',
  invalidToken: 'token',
  personalTokenRefused: 'token',
  featureMissing: 'token',
  invalidCountry: 'country',
  countryRefused: 'country',
  invalidConnectAddress: 'form',
  connectUnreachable: 'form',
  connectTimedOut: 'form',
  connectUnknown: 'form',
  brokerUnreachable: 'form',
  brokerRefused: 'form',
  brokerEnded: 'form',
  browserMissing: 'form',
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
  noAnswer: 'form',
  signInLeft: 'form',
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
  notificationRefused: 'form',
  windowMissing: 'form',
  displayMissing: 'form',
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
  invalidTarget: 'form',
  targetName: 'form',
  targetPlain: 'form',
  targetUnreachable: 'form',
  targetTimedOut: 'form',
  targetRefused: 'form',
  targetFailed: 'form',
  targetSecretMissing: 'form',
  commandMissing: 'form',
  commandNotConfirmed: 'form',
  commandFailed: 'form',
  internal: 'form',
};

/** A field that the provider's form does not have leaves the problem to the whole form. */
export function placeOf(code: ProblemCode, provider: Provider): Place {
  const place = PLACE_OF[code];
  return PLACES[provider].includes(place) ? place : 'form';
}

export function isAdvanced(place: Place): boolean {
  return place === 'callback' || place === 'keys';
}

/** Printable ASCII without blanks. */
const TOKEN = /^[!-~]{1,512}$/u;

/** Client-side validation errors. */
export function problemsBefore(provider: Provider, fields: Fields): Problems {
  return provider === 'connect' ? connectProblems(fields.connect) : hubProblems(fields.hub);
}

function connectProblems({ token, country }: ConnectFields): Problems {
  const problems: Problems = {};
  const trimmed = token.trim();
  if (trimmed === '') problems.token = { code: 'missingToken' };
  else if (!TOKEN.test(trimmed)) problems.token = { code: 'invalidToken' };
  if (country === '') problems.country = { code: 'invalidCountry' };
  return problems;
}

function hubProblems({ hubUrl, account, password, callbackUrl }: HubFields): Problems {
  const problems: Problems = {};
  if (!isAddress(hubUrl, ['http:', 'https:'])) problems.hub = { code: 'invalidAddress' };
  if (account.trim() === '') problems.account = { code: 'missingAccount' };
  if (password === '') problems.password = { code: 'missingPassword' };
  // Empty uses LG's default.
  if (callbackUrl !== '' && !isAddress(callbackUrl, ['ws:', 'wss:'])) {
    problems.callback = { code: 'invalidCallbackAddress' };
  }
  return problems;
}

export function firstPlace(provider: Provider, problems: Problems): Place | undefined {
  return PLACES[provider].find((place) => problems[place] !== undefined);
}

export function fieldsFrom({ country, hub }: SignInDefaults, demo: Demo | null): Fields {
  return {
    connect: { token: demo?.token ?? '', country: country || (demo?.country ?? '') },
    hub: {
      hubUrl: hub.hubUrl,
      account: hub.account || (demo?.account ?? ''),
      password: demo?.password ?? '',
      callbackUrl: hub.callbackUrl,
      passwordForm: hub.passwordForm,
      empClientId: hub.empClientId,
      empClientSecret: '',
      connectClientId: hub.connectClientId,
      connectClientSecret: '',
    },
  };
}

export function formFrom(provider: Provider, { connect, hub }: Fields): SignInForm {
  if (provider === 'hub') return { provider, ...hubForm(hub) };
  return { provider, token: connect.token.trim(), country: connect.country };
}

function hubForm({ empClientSecret, connectClientSecret, ...rest }: HubFields): HubForm {
  return {
    ...rest,
    account: rest.account.trim(),
    empClientId: rest.empClientId.trim(),
    connectClientId: rest.connectClientId.trim(),
    ...(empClientSecret === '' ? {} : { empClientSecret }),
    ...(connectClientSecret === '' ? {} : { connectClientSecret }),
  };
}
