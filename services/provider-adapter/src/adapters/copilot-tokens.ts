// Copilot's short-lived tokens, each exchanged for the configured token of GitHub and kept until it has to be renewed.
import { type Clock, fault, type Secret, Secret as SecretValue } from '@waybill/kernel';
import { errors, request } from 'undici';
import { type AttemptFault, transportFault } from '../core/outcome.ts';
import { connectionFault, type SendResult } from '../engine/send.ts';

export interface CopilotToken {
  readonly secret: Secret;
  /** Where it is to be used, as its answer says; undefined when it says nothing that can be followed. */
  readonly apiOrigin: string | undefined;
}

/** A token, or what the attempt that wanted one is told. */
export type TokenResult =
  | { readonly ok: true; readonly token: CopilotToken }
  | { readonly ok: false; readonly sent: SendResult };

export interface CopilotTokens {
  current(signal: AbortSignal): Promise<TokenResult>;
  /** The token was not accepted: the next call gets a new one. */
  forget(token: CopilotToken): void;
}

export interface TokenExchange {
  readonly url: string;
  readonly githubToken: Secret;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Reads an answer that is no success. */
  classify(response: { status: number; headers: Record<string, string>; body: Uint8Array }): SendResult;
}

/** One exchange at a time, however many wait for it. */
export function copilotTokens(exchange: TokenExchange): CopilotTokens {
  let held: { readonly token: CopilotToken; readonly renewAtMs: number } | undefined;
  let pending: Promise<TokenResult> | undefined;
  const renew = async (): Promise<TokenResult> => {
    const askedAtMs = exchange.clock.monotonicMs();
    const answer = await ask(exchange);
    if (answer.ok) held = { token: answer.token, renewAtMs: askedAtMs + answer.renewInMs };
    return answer;
  };
  return {
    async current(signal) {
      if (held !== undefined && exchange.clock.monotonicMs() < held.renewAtMs) return { ok: true, token: held.token };
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return unlessAborted(pending, signal);
    },
    forget(token) {
      if (held?.token === token) held = undefined;
    },
  };
}

/** The exchange goes on for the others that wait for it. */
async function unlessAborted(pending: Promise<TokenResult>, signal: AbortSignal): Promise<TokenResult> {
  const gone = Promise.withResolvers<TokenResult>();
  const leave = () => gone.resolve(failed(new errors.RequestAbortedError()));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([pending, gone.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

type Answered = (TokenResult & { readonly ok: false }) | { ok: true; token: CopilotToken; renewInMs: number };

async function ask(exchange: TokenExchange): Promise<Answered> {
  const { url, githubToken, headers, timeoutMs } = exchange;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(url, {
      headers: { ...headers, accept: 'application/json', authorization: `token ${githubToken.reveal()}` },
      signal,
    });
    const body = await firstBytes(answer.body);
    if (answer.statusCode !== 200) return refusedBy(exchange, answer.statusCode, answer.headers, body);
    return readToken(body) ?? { ok: false, sent: nothingUsable() };
  } catch (thrown) {
    return failed(thrown, { isLate: signal.aborted });
  }
}

const mostBytes = 64 * 1024;

async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > mostBytes) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** GitHub says no in three ways, all of which mean that this token gets none of Copilot's. */
const refusals: readonly number[] = [401, 403, 404];

function refusedBy(
  { classify }: TokenExchange,
  statusCode: number,
  answered: Readonly<Record<string, string | string[] | undefined>>,
  body: Uint8Array,
): Answered {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answered)) headers[name] = String(value ?? '');
  const status = refusals.includes(statusCode) ? 401 : statusCode;
  return { ok: false, sent: classify({ status, headers, body }) };
}

const leastRenewalMs = 1_000;
const mostRenewalMs = 3_600_000;

function readToken(body: Buffer): Answered | undefined {
  const fields = jsonObject(body);
  const { token, refresh_in: refreshSeconds, endpoints } = fields;
  if (typeof token !== 'string' || token === '') return undefined;
  const wished = typeof refreshSeconds === 'number' ? refreshSeconds * 1000 : leastRenewalMs;
  const renewInMs = Math.min(Math.max(wished, leastRenewalMs), mostRenewalMs);
  const { api } = (endpoints ?? {}) as { api?: unknown };
  return { ok: true, token: { secret: new SecretValue(token), apiOrigin: trustedOrigin(api) }, renewInMs };
}

function jsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** An address that a token is taken to has to be GitHub's. */
function trustedOrigin(api: unknown): string | undefined {
  const url = typeof api === 'string' ? URL.parse(api) : null;
  const isTrusted = url?.protocol === 'https:' && /(?:^|\.)(?:githubcopilot\.com|ghe\.com)$/.test(url.hostname);
  return isTrusted ? url.origin : undefined;
}

function nothingUsable(): SendResult {
  const details = { conduct: 'token_exchange' };
  const nothing = fault('upstream', 'the exchange for a Copilot token gave none', { details });
  return notSent(transportFault(nothing, false));
}

/** What an attempt is told that got no token. */
export function notSent(refused: AttemptFault): SendResult {
  return { ok: false, withheld: false, fault: refused, mayHaveArrived: false, refused };
}

/** Nothing was asked of a model yet, so nothing can have been billed. */
function failed(thrown: unknown, { isLate } = { isLate: false }): TokenResult & { readonly ok: false } {
  const late = () => fault('timeout', 'no Copilot token in time', { details: { conduct: 'token_exchange' } });
  const connection = isLate ? late() : connectionFault(thrown).fault;
  return { ok: false, sent: { ok: false, withheld: false, fault: connection, mayHaveArrived: false } };
}
