// The command line's way to the running gateway.
import { readFile } from 'node:fs/promises';
import type { Configuration } from '@waybill/config';
import { FaultError, type FaultKind, fault, faultKinds } from '@waybill/kernel';
import { tokenFile } from './token.ts';

export interface AdminRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below /admin/v1, such as /budgets. */
  readonly path: string;
  readonly body?: object;
}

const timeoutMs = 10_000;

/** What the gateway answers. Throws a FaultError: its own, or `unavailable` when it does not run or cannot be asked. */
export async function askGateway(configuration: Configuration, { method, path, body }: AdminRequest): Promise<unknown> {
  const { host, httpPort } = configuration.server;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
  const token = await readToken(configuration.storage.dataDirectory, address);
  const response = await fetch(`${address}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(timeoutMs),
    ...(body && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw unavailable(
      `no gateway answers at ${address}; start it with \`waybill up\`, or set WAYBILL_HTTP_PORT`,
      cause,
    );
  });
  const answer: unknown = await response.json().catch((cause: unknown) => {
    throw unavailable(`what answers at ${address} is no gateway`, cause);
  });
  if (response.ok) return answer;
  throw refusalIn(answer, response.status);
}

async function readToken(dataDirectory: string, address: string): Promise<string> {
  const file = tokenFile(dataDirectory);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const why = `the token in ${file} cannot be read`;
    throw unavailable(`${why}; start the gateway of ${address} first, or set WAYBILL_DATA_DIR to its folder`, cause);
  }
}

function unavailable(message: string, cause: unknown): FaultError {
  return new FaultError(fault('unavailable', message, { cause }));
}

function refusalIn(answer: unknown, status: number): FaultError {
  const { error } = answer as { error?: { kind?: FaultKind; message?: string } };
  const kind = faultKinds.find((known) => known === error?.kind) ?? 'internal';
  return new FaultError(fault(kind, error?.message ?? `the gateway answered with status ${status}`));
}
