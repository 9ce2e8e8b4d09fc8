// Sends one request and gives back its answer; knows no vendor.
import type { ProviderTimeouts } from '@waybill/config';
import { type Fault, fault } from '@waybill/kernel';
import type { HttpHeaders } from '@waybill/providers';
import { type Dispatcher, errors, Pool } from 'undici';
import { answerLimits } from './limits.ts';

export interface OutgoingRequest {
  /** Path and query below the origin. */
  readonly path: string;
  readonly headers: HttpHeaders;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface IncomingAnswer {
  readonly status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: HttpHeaders;
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** Something between us and the provider failed. */
export interface ConnectionFault {
  readonly fault: Fault;
  /** The request may have reached the provider. */
  readonly mayHaveArrived: boolean;
}

export type SendResult =
  | { readonly ok: true; readonly answer: IncomingAnswer }
  | ({ readonly ok: false } & ConnectionFault);

export interface Connection {
  send(request: OutgoingRequest): Promise<SendResult>;
  close(): Promise<void>;
}

/** A pool of keep-alive connections to one origin. Redirects are not followed, bodies are not decompressed. */
export function connect(origin: string, timeouts: ProviderTimeouts): Connection {
  const pool = new Pool(origin, {
    connections: 256,
    connect: { timeout: timeouts.connectMs },
    // Our own watch bounds the phases of an attempt.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: answerLimits.streamBytes,
  });
  return {
    async send({ path, headers, body, signal }) {
      try {
        const answer = await pool.request({ method: 'POST', path, headers: { ...headers }, body, signal });
        return { ok: true, answer: { status: answer.statusCode, headers: plain(answer.headers), body: answer.body } };
      } catch (thrown) {
        return { ok: false, ...connectionFault(thrown) };
      }
    },
    close: () => pool.destroy(),
  };
}

function plain(headers: Dispatcher.ResponseData['headers']): HttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Names what went wrong by its code; the text of the error stays in the cause. */
export function connectionFault(thrown: unknown): ConnectionFault {
  const code = codeOf(thrown);
  const details = { conduct: 'connection', code };
  if (thrown instanceof errors.ConnectTimeoutError) {
    return {
      mayHaveArrived: false,
      fault: fault('timeout', 'no connection to the provider in time', { details, cause: thrown }),
    };
  }
  if (neverSent.has(code)) {
    return {
      mayHaveArrived: false,
      fault: fault('unavailable', `the provider cannot be reached (${code})`, { details, cause: thrown }),
    };
  }
  return {
    mayHaveArrived: true,
    fault: fault('unavailable', `the connection to the provider broke (${code})`, { details, cause: thrown }),
  };
}

function codeOf(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown';
}
