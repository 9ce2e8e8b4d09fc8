// The newest requests as they came in, for tests that ask what a client really sent. Credentials are left out.
import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from './json.ts';

export interface ReceivedCall {
  readonly callNumber: number;
  readonly dialect: string;
  readonly method: string;
  /** Without the query, which can hold a key. */
  readonly path: string;
  readonly key: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for a request without a body, or one that is no JSON. */
  readonly body: Json;
}

const secret = new Set(['authorization', 'proxy-authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie']);

export function headersWithoutSecrets(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !secret.has(name)) kept[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return kept;
}

export interface CallLog {
  add(call: ReceivedCall): void;
  /** Oldest first. */
  calls(): ReceivedCall[];
  clear(): void;
}

export function keepCalls(most: number): CallLog {
  let ring: ReceivedCall[] = [];
  let added = 0;
  return {
    add(call) {
      ring[added % most] = call;
      added += 1;
    },
    calls: () => [...ring.slice(added % most), ...ring.slice(0, added % most)],
    clear() {
      ring = [];
      added = 0;
    },
  };
}
