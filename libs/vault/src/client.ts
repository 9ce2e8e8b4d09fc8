// Requests to HashiCorp Vault's HTTP API. What it answers to a refusal is not repeated: it may tell of what was sent.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { FaultError, type FaultKind, fault } from '@waybill/kernel';
import { Agent, request as send } from 'undici';
import { z } from 'zod';
import type { VaultLogin, VaultSettings } from './settings.ts';

export interface VaultRequest {
  readonly method: 'GET' | 'POST';
  /** Below /v1/, such as transit/encrypt/waybill. */
  readonly path: string;
  readonly body?: object | undefined;
}

export interface Vault {
  /**
   * The `data` of the answer. Throws a FaultError that names the path and what may mend it: `forbidden` when the token or
   * its policy does not do, `not_found`, `invalid` for what Vault takes for no good request, `unavailable` or `timeout`
   * when it cannot be asked now.
   */
  ask(request: VaultRequest): Promise<unknown>;
  close(): Promise<void>;
}

/** Nothing is asked yet. Throws a FaultError `invalid` when the settings cannot be used. */
export function openVault(settings: VaultSettings): Vault {
  const { address, namespace, timeoutMs = 5_000 } = settings;
  refusePlainText(address);
  const agent = new Agent({ connections: 4, connect: { timeout: timeoutMs, ca: authorityOf(settings) } });
  let token: Promise<string> | undefined;

  async function exchange({ method, path, body }: VaultRequest, withToken?: string): Promise<Answer> {
    const headers = {
      ...(withToken !== undefined && { 'x-vault-token': withToken }),
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
      'x-vault-request': 'true',
      'content-type': 'application/json',
    };
    const url = `${address.replace(/\/+$/, '')}/v1/${path}`;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await send(url, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal,
        dispatcher: agent,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (thrown) {
      throw unreachable(address, thrown);
    }
  }

  async function tokenBy(login: VaultLogin): Promise<string> {
    if (login.by === 'token') return login.token.reveal();
    if (login.by === 'token-file') return readTokenFile(login.file);
    const body = { role: login.role, jwt: await readTokenFile(login.tokenFile) };
    const path = `auth/${login.mount}/login`;
    const answer = await exchange({ method: 'POST', path, body });
    return clientTokenIn(dataIn(answer, path, 'auth'), path);
  }

  async function currentToken(): Promise<string> {
    if (settings.login.by === 'token-file') return tokenBy(settings.login);
    token ??= tokenBy(settings.login);
    return token.catch((thrown: unknown) => {
      token = undefined;
      throw thrown;
    });
  }

  return {
    async ask(request) {
      let answer = await exchange(request, await currentToken());
      if (answer.status === 403 && settings.login.by === 'kubernetes') {
        // What the login was good for may be over.
        token = undefined;
        answer = await exchange(request, await currentToken());
      }
      return dataIn(answer, request.path, 'data');
    },
    close: () => agent.destroy(),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function refusePlainText(address: string): void {
  const url = URL.parse(address);
  const isPlain = url?.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url !== null && /^https?:$/.test(url.protocol) && !isPlain) return;
  const fix = isPlain ? 'its tokens would travel in plain text; give https://' : 'give one such as https://vault:8200';
  throw new FaultError(fault('invalid', `the address of Vault cannot be used: ${fix}`));
}

function authorityOf({ caFile }: VaultSettings): Buffer | undefined {
  if (caFile === undefined) return undefined;
  try {
    return readFileSync(caFile);
  } catch (cause) {
    throw unreadable(caFile, cause);
  }
}

async function readTokenFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (text.trim() !== '') return text.trim();
  throw new FaultError(fault('unavailable', `the file ${file} with the token for Vault is empty`));
}

function unreadable(file: string, cause: unknown): FaultError {
  const { code } = cause as NodeJS.ErrnoException;
  return new FaultError(fault('unavailable', `the file ${file}, which Vault needs, cannot be read (${code})`));
}

/** The error itself stays out: it may hold what was sent. */
function unreachable(address: string, thrown: unknown): FaultError {
  const { code, name } = thrown as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return new FaultError(fault('timeout', `Vault at ${address} gave no answer in time`));
  const message = `Vault at ${address} cannot be reached (${code ?? name}); check vault.address, and that it runs`;
  return new FaultError(fault('unavailable', message));
}

const refusals: Readonly<Record<number, readonly [kind: FaultKind, why: string]>> = {
  400: ['invalid', 'takes the request for no good one; check the names of mount and key'],
  403: ['forbidden', 'refuses it: the token is no longer good, the namespace is wrong, or its policy lacks this path'],
  404: ['not_found', 'has nothing there; check mount and path'],
  429: ['unavailable', 'is a standby node, or asks for a pause'],
  472: ['unavailable', 'is a recovery node'],
  501: ['unavailable', 'is not initialized'],
  503: ['unavailable', 'is sealed, or down for maintenance'],
};

const text = z.record(z.string(), z.unknown());

function dataIn({ status, text: body }: Answer, path: string, member: 'data' | 'auth'): unknown {
  if (status === 204) return undefined;
  if (status >= 200 && status <= 299) {
    const parsed = text.safeParse(jsonOf(body));
    if (parsed.success) return parsed.data[member];
    throw new FaultError(fault('unavailable', `what answers for Vault at ${path} is no Vault`));
  }
  const [kind, why] = refusals[status] ?? ['unavailable', `answers with status ${status}`];
  throw new FaultError(fault(kind, `Vault, asked for ${path}, ${why}`, { details: { status: String(status) } }));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function clientTokenIn(auth: unknown, path: string): string {
  const parsed = z.object({ client_token: z.string().min(1) }).safeParse(auth);
  if (parsed.success) return parsed.data.client_token;
  throw new FaultError(fault('unavailable', `Vault, asked for ${path}, gave no token`));
}
