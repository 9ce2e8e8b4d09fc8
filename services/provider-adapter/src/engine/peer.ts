// Whom a connection leads to, for the faults that people read.

/** Where a provider listens. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

export function serverOf(url: URL): Server {
  return { address: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) };
}

/** Such as `the provider openai at api.openai.com`; the port is said where it is not the usual one. */
export function peerName(providerId: string, { address, port }: Server): string {
  return `the provider ${providerId} at ${address}${port === 443 || port === 80 ? '' : `:${port}`}`;
}

/** Where nothing more is known of it. */
export const somePeer = 'the provider';
