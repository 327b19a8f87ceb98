// User-visible text, from the catalogue shared with the resident program.

import { FluentBundle, type FluentResource, type FluentVariable } from '@fluent/bundle';

import type { Feature } from './contract/Feature';
import type { Problem } from './contract/Problem';
import type { ProblemCode } from './contract/ProblemCode';
import { withParticle } from './particle';
import { readable } from './readable';

export type Language = 'en' | 'ko';
export type Values = Record<string, string | number>;

/** Problem and remedy. */
export interface ProblemWords {
  text: string;
  remedy: string;
}

const LOADERS: Record<Language, () => Promise<{ default: readonly FluentResource['body'][] }>> = {
  en: () => import('./catalogue/en'),
  ko: () => import('./catalogue/ko'),
};

const loaded = new Map<Language, readonly FluentResource['body'][]>();

/** The texts of a language must be loaded before {@link Words} can use them. */
export async function loadWords(language: Language): Promise<void> {
  if (!loaded.has(language)) loaded.set(language, (await LOADERS[language]()).default);
}

export function areLoaded(language: Language): boolean {
  return loaded.has(language);
}

/** Catalogue id for each code: a code without text does not compile. */
const PROBLEM_IDS: Record<ProblemCode, string> = {
  missingAccount: 'problem-missingAccount',
  missingPassword: 'problem-missingPassword',
  invalidAddress: 'problem-invalidAddress',
  invalidCallbackAddress: 'problem-invalidCallbackAddress',
  missingToken: 'problem-missingToken',
  invalidToken: 'problem-invalidToken',
  invalidCountry: 'problem-invalidCountry',
  invalidConnectAddress: 'problem-invalidConnectAddress',
  personalTokenRefused: 'problem-personalTokenRefused',
  featureMissing: 'problem-featureMissing',
  countryRefused: 'problem-countryRefused',
  connectUnreachable: 'problem-connectUnreachable',
  connectTimedOut: 'problem-connectTimedOut',
  connectUnknown: 'problem-connectUnknown',
  brokerUnreachable: 'problem-brokerUnreachable',
  brokerRefused: 'problem-brokerRefused',
  brokerEnded: 'problem-brokerEnded',
  browserMissing: 'problem-browserMissing',
  wrongSignIn: 'problem-wrongSignIn',
  accountLocked: 'problem-accountLocked',
  keysRefused: 'problem-keysRefused',
  tokenRefused: 'problem-tokenRefused',
  terms: 'problem-terms',
  api: 'problem-api',
  tooManyCalls: 'problem-tooManyCalls',
  hubUnreachable: 'problem-hubUnreachable',
  hubUnknown: 'problem-hubUnknown',
  hubTimedOut: 'problem-hubTimedOut',
  callbackUnreachable: 'problem-callbackUnreachable',
  callbackRefused: 'problem-callbackRefused',
  callbackEnded: 'problem-callbackEnded',
  invalidProxy: 'problem-invalidProxy',
  tls: 'problem-tls',
  invalidAnswer: 'problem-invalidAnswer',
  keyringMissing: 'problem-keyringMissing',
  keyringLocked: 'problem-keyringLocked',
  noAnswer: 'problem-noAnswer',
  signInLeft: 'problem-signInLeft',
  historyUnavailable: 'problem-historyUnavailable',
  historyFull: 'problem-historyFull',
  historyReadOnly: 'problem-historyReadOnly',
  historyLocked: 'problem-historyLocked',
  historyForeign: 'problem-historyForeign',
  historyNewer: 'problem-historyNewer',
  historyDamaged: 'problem-historyDamaged',
  fileUnwritable: 'problem-fileUnwritable',
  fileUnreadable: 'problem-fileUnreadable',
  jobRunning: 'problem-jobRunning',
  noNotificationServer: 'problem-noNotificationServer',
  notificationRefused: 'problem-notificationRefused',
  windowMissing: 'problem-windowMissing',
  displayMissing: 'problem-displayMissing',
  otherVersion: 'problem-otherVersion',
  alreadyRunning: 'problem-alreadyRunning',
  notRunning: 'problem-notRunning',
  settings: 'problem-settings',
  invalidSetting: 'problem-invalidSetting',
  settingFixed: 'problem-settingFixed',
  settingsBroken: 'problem-settingsBroken',
  otherHub: 'problem-otherHub',
  proxyUnreachable: 'problem-proxyUnreachable',
  proxyRefused: 'problem-proxyRefused',
  autostart: 'problem-autostart',
  autostartDemo: 'problem-autostartDemo',
  autostartMissing: 'problem-autostartMissing',
  autostartRefused: 'problem-autostartRefused',
  autostartUnanswered: 'problem-autostartUnanswered',
  demo: 'problem-demo',
  notSignedIn: 'problem-notSignedIn',
  deviceGone: 'problem-deviceGone',
  notPossible: 'problem-notPossible',
  noNewState: 'problem-noNewState',
  invalidTarget: 'problem-invalidTarget',
  targetName: 'problem-targetName',
  targetPlain: 'problem-targetPlain',
  targetUnreachable: 'problem-targetUnreachable',
  targetTimedOut: 'problem-targetTimedOut',
  targetRefused: 'problem-targetRefused',
  targetFailed: 'problem-targetFailed',
  targetSecretMissing: 'problem-targetSecretMissing',
  commandMissing: 'problem-commandMissing',
  commandNotConfirmed: 'problem-commandNotConfirmed',
  commandFailed: 'problem-commandFailed',
  internal: 'problem-internal',
};

/** Permissions of a personal access token. */
export const FEATURE_IDS: Record<Feature, string> = {
  devices: 'window-feature-devices',
  states: 'window-feature-states',
  control: 'window-feature-control',
  pushes: 'window-feature-pushes',
  events: 'window-feature-events',
  energy: 'window-feature-energy',
};

export const PROBLEM_CODES = Object.keys(PROBLEM_IDS) as ProblemCode[];

/** The first of `tags` supported by the catalogue; `C` and similar mean English. */
export function languageOf(...tags: readonly (string | null | undefined)[]): Language {
  for (const tag of tags) {
    const language = tag?.split(/[-_.@]/u)[0]?.toLowerCase();
    if (language === 'en' || language === 'ko') return language;
  }
  return 'en';
}

/** The catalogue in one language. */
export class Words {
  readonly language: Language;
  #made: FluentBundle | undefined;

  constructor(language: Language) {
    this.language = language;
  }

  /** Created on first use; empty until the texts are loaded. */
  get #bundle(): FluentBundle {
    if (this.#made) return this.#made;
    const bundle = new FluentBundle(this.language, {
      functions: { JOSA: josa },
      useIsolating: false,
    });
    const texts = loaded.get(this.language);
    for (const body of texts ?? []) {
      // A minimal resource: the parser was removed when the page was built.
      const resource: Pick<FluentResource, 'body'> = { body };
      bundle.addResource(resource);
    }
    if (texts) this.#made = bundle;
    return bundle;
  }

  has(id: string): boolean {
    return this.#bundle.hasMessage(id);
  }

  /** The text of `id`; the id itself if unknown. */
  text(id: string, values: Values = {}): string {
    const pattern = this.#bundle.getMessage(id)?.value;
    return pattern ? this.#bundle.formatPattern(pattern, values, []) : id;
  }

  attribute(id: string, name: string): string | undefined {
    const pattern = this.#bundle.getMessage(id)?.attributes[name];
    return pattern ? this.#bundle.formatPattern(pattern, {}, []) : undefined;
  }

  /** LG's own reason is more specific than the code, if the catalogue has it. */
  problem({ code, apiCode, feature }: Problem): ProblemWords {
    const reason = `api-error-${apiCode ?? ''}`;
    const id = code === 'api' && this.has(reason) ? reason : PROBLEM_IDS[code];
    const remedy = this.attribute(id, 'remedy') ?? '';
    if (code !== 'featureMissing' || feature === undefined) return { text: this.text(id), remedy };
    const name = this.text(FEATURE_IDS[feature]);
    return { text: this.text('window-feature-missing', { feature: name }), remedy };
  }

  pushTitle(code: string): string {
    if (code === '') return this.text('event-unnamed');
    return this.#known(`push-${code}`) ?? this.#known(`device-error-${code}`) ?? readable(code);
  }

  deviceTypeName(type: string): string {
    return this.#known(`device-${type}`) ?? readable(type.replace(/^DEVICE_/u, ''));
  }

  /** Text for the state of a part, specific to its device type. */
  runState(type: string, place: string, runState: string): string {
    return (
      this.#known(
        `run-state-${type}-${place}-${runState}`,
        `run-state-${type}-${runState}`,
        `run-state-${runState}`,
      ) ?? readable(runState)
    );
  }

  part(place: string): string {
    return this.#known(`part-${place}`) ?? readable(place);
  }

  deviceError(code: string): string {
    return this.#known(`device-error-${code}`, `push-${code}`) ?? readable(code);
  }

  property(name: string): string {
    return this.#known(`property-${name}`) ?? readable(name);
  }

  /** Numbers are unchanged. */
  value(property: string, value: string): string {
    const known = this.#known(`value-${property}-${value}`, `value-${value}`);
    if (known !== undefined) return known;
    return /^[A-Z][A-Z0-9_]*$/u.test(value) ? readable(value) : value;
  }

  decision(name: string): string {
    return this.#known(`decision-${name}`) ?? readable(name);
  }

  /** The text of the first existing id. */
  #known(...ids: string[]): string | undefined {
    const id = ids.find((each) => this.has(each));
    return id === undefined ? undefined : this.text(id);
  }
}

function josa([name, pair]: FluentVariable[]): string {
  return withParticle(spoken(name), spoken(pair));
}

/** Numbers are passed as Fluent objects. */
function spoken(value: FluentVariable | undefined): string {
  return typeof value === 'object' && 'valueOf' in value ? String(value.valueOf()) : String(value);
}
