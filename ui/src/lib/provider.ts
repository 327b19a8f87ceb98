// Text for the provider of the sign-in. Pure: the catalogue is a parameter.

import type { Provider } from './contract/Provider';
import type { Status } from './contract/Status';
import { countryName } from './countries';
import type { Words } from './words';

export const PROVIDER_IDS: Record<Provider, string> = {
  connect: 'window-provider-connect',
  hub: 'window-provider-hub',
};

/** LG's page for personal access tokens, opened by the resident program. */
export const TOKEN_PAGE = 'https://connect-pat.lgthinq.com';

/** "LG ThinQ · South Korea", "DAMDA hub · m…@example.com"; empty while signed out. */
export function signInWords(
  { provider, country, account }: Pick<Status, 'provider' | 'country' | 'account'>,
  words: Words,
): string {
  if (provider === null) return '';
  const place = country === null ? '' : countryName(country, words.language);
  const whose = provider === 'hub' ? (account ?? '') : place;
  return [words.text(PROVIDER_IDS[provider]), whose].filter((each) => each !== '').join(' · ');
}
