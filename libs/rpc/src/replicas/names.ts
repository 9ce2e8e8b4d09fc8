import { lookup } from 'node:dns/promises';

/** Finds all IP addresses of a host name. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** Asks the system, which knows /etc/hosts and the cluster's name server. */
export async function systemLookUp(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
