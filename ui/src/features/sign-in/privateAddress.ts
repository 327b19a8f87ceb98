// Detects addresses whose traffic can be read by others.

const UNENCRYPTED: readonly string[] = ['http:', 'ws:'];

/** True for `http://` and `ws://` to a host outside this computer and private networks. */
export function isExposed(address: string): boolean {
  const url = parsed(address);
  if (url === undefined || url.hostname === '') return false;
  return UNENCRYPTED.includes(url.protocol) && !isPrivateHost(url.hostname);
}

/** Whether `address` is absolute with one of `protocols`, such as `http:`. */
export function isAddress(address: string, protocols: readonly string[]): boolean {
  const url = parsed(address);
  return url !== undefined && url.hostname !== '' && protocols.includes(url.protocol);
}

/** True for `http://` to this computer. */
export function isLoopback(address: string): boolean {
  const url = parsed(address);
  return url?.protocol === 'http:' && /^(?:localhost|127\.[\d.]+|\[::1\])$/u.test(url.hostname);
}

function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** `hostname` as normalized by URL: lower case, IPv4 in four decimals, IPv6 in brackets. */
function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPrivateIpv6(hostname.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/u.test(hostname)) return isPrivateIpv4(hostname.split('.').map(Number));
  const name = hostname.replace(/\.$/u, '');
  return !name.includes('.') || name.endsWith('.local') || name.endsWith('.localhost');
}

function isPrivateIpv4(octets: readonly number[]): boolean {
  const [first, second = 0] = octets;
  return (
    first === 127 ||
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254)
  );
}

function isPrivateIpv6(address: string): boolean {
  if (address === '::1') return true;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/u.exec(address);
  if (mapped) {
    const [high = 0, low = 0] = mapped.slice(1).map((group) => parseInt(group, 16));
    return isPrivateIpv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
  }
  // fc00::/7 and fe80::/10.
  return /^f[cd][0-9a-f]{2}:/u.test(address) || /^fe[89ab][0-9a-f]:/u.test(address);
}

/** Completes addresses such as `192.168.0.10:5010`. */
export function withScheme(address: string, scheme: 'http' | 'https' | 'wss'): string {
  const trimmed = address.trim();
  return trimmed === '' || trimmed.includes('://') ? trimmed : `${scheme}://${trimmed}`;
}
