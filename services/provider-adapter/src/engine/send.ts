// Sends one request and gives back its answer; knows no vendor.
import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderTimeouts } from '@waybill/config';
import { type Fault, fault } from '@waybill/kernel';
import type { HttpHeaders, ProviderFault, UpstreamRequest } from '@waybill/providers';
import { type Dispatcher, errors, Pool } from 'undici';
import { type AnswerBody, type IncomingBody, openBody } from './body.ts';
import { inPlain } from './decompress.ts';
import { AddressRefused, dialPublic, type Resolve } from './dial.ts';
import { answerLimits } from './limits.ts';
import { somePeer } from './peer.ts';

export interface OutgoingRequest {
  /** Default POST. */
  readonly method?: 'GET' | 'POST';
  /** Path and query below the origin. */
  readonly path: string;
  readonly headers: HttpHeaders;
  /** Undefined for a GET. */
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** The attempt it was made from; undefined where it asks for no answer of a model. */
  readonly upstream?: UpstreamRequest;
  /** Asked once the connection is there, before the first byte of the request: whether it is still to be sent. */
  mayGo(): boolean;
}

export interface IncomingAnswer {
  readonly status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: HttpHeaders;
  readonly body: AnswerBody;
  /** Whom it comes from, for faults; see `peerName`. */
  readonly peer?: string;
  /** When it was recorded, ISO 8601; undefined for an answer that came just now. */
  readonly recordedAt?: string | undefined;
}

/** Something between us and the provider failed. */
export interface ConnectionFault {
  readonly fault: Fault;
  /** The request may have reached the provider. */
  readonly mayHaveArrived: boolean;
  /** It waited for a connection until its time was over: the provider has nothing to do with it. */
  readonly waitedInVain?: true;
  /** Says what may be done about it, where a connection needs something first and was refused that. */
  readonly refused?: Omit<ProviderFault, 'credentialBad'>;
}

export type SendResult =
  | { readonly ok: true; readonly answer: IncomingAnswer }
  /** It was not to go: its admission ran out, or for the reason given. */
  | { readonly ok: false; readonly withheld: true; readonly because?: Fault }
  | ({ readonly ok: false; readonly withheld: false } & ConnectionFault);

export interface Connection {
  send(request: OutgoingRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Connections at most; default 256. */
  readonly connections?: number | undefined;
  /** `anywhere` (default) for an address that the operator has set, `public` for one that somebody else has. */
  readonly reach?: 'anywhere' | 'public';
  /** Whom it leads to, for faults; see `peerName`. */
  readonly peer?: string;
  /** How names are looked up for `public`; default: as the system does. */
  readonly resolve?: Resolve;
}

/**
 * A pool of keep-alive connections to one origin, each for one call at a time. Redirects are not followed, compressed
 * answers not asked for.
 */
export function connect(origin: string, timeouts: ProviderTimeouts, options: ConnectOptions = {}): Connection {
  const { connections = 256, reach = 'anywhere', peer = somePeer, resolve: resolveName } = options;
  const pool = new Pool(origin, {
    connections,
    connect: reach === 'public' ? dialPublic(timeouts.connectMs, resolveName) : { timeout: timeouts.connectMs },
    // Our own watch bounds the phases of an attempt.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: answerLimits.streamBytes,
  });
  return {
    send: ({ method = 'POST', path, headers, body = null, ...wish }) =>
      new Promise((resolve) => {
        const receiver = receive({ ...wish, peer }, resolve);
        try {
          pool.dispatch({ method, path, headers: { ...headers }, body }, receiver);
        } catch (thrown) {
          resolve({ ok: false, withheld: false, ...connectionFault(thrown, peer) });
        }
      }),
    close: () => pool.destroy(),
  };
}

/** Takes in one answer. undici's own streams would cost more than everything else the engine does. */
function receive(
  { signal, mayGo, peer }: Pick<OutgoingRequest, 'signal' | 'mayGo'> & { readonly peer: string },
  answered: (result: SendResult) => void,
): Dispatcher.DispatchHandler {
  let connection: Dispatcher.DispatchController | undefined;
  let body: IncomingBody | undefined;
  let isWaiting = false;
  const failed = (error: Error) => {
    signal.removeEventListener('abort', cancel);
    if (body) body.fail(error);
    else if (error instanceof AddressRefused) answered({ ok: false, withheld: true, because: error.fault });
    else answered({ ok: false, withheld: false, ...connectionFault(error, peer) });
  };
  const cancel = () => {
    const reason = new errors.RequestAbortedError();
    if (isWaiting) answered({ ok: false, withheld: false, ...noConnection });
    connection?.abort(reason);
    failed(reason);
  };
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  isWaiting = true;
  return {
    onRequestStart(controller) {
      isWaiting = false;
      connection = controller;
      if (!signal.aborted && !mayGo()) answered({ ok: false, withheld: true });
      else if (!signal.aborted) return;
      controller.abort(new errors.RequestAbortedError());
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) return;
      body = openBody(controller);
      const joined = plain(headers);
      const plainBody = inPlain(body, joined['content-encoding']);
      answered({ ok: true, answer: { status, headers: joined, body: plainBody, peer } });
    },
    onResponseData: (_controller, piece) => body?.push(piece),
    onResponseEnd() {
      signal.removeEventListener('abort', cancel);
      body?.end();
    },
    onResponseError: (_controller, error) => failed(error),
  };
}

function plain(headers: IncomingHttpHeaders): HttpHeaders {
  const joined: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}

const noConnection: ConnectionFault = {
  mayHaveArrived: false,
  waitedInVain: true,
  fault: fault('unavailable', 'all connections to the provider were taken, or none could be made in time', {
    details: { reason: 'no_connection' },
  }),
};

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Names whom it was to reach, and what went wrong by its code; the text of the error stays in the cause. */
export function connectionFault(thrown: unknown, peer = somePeer): ConnectionFault {
  const code = codeOf(thrown);
  const details = { conduct: 'connection', code };
  if (thrown instanceof errors.ConnectTimeoutError) {
    return {
      mayHaveArrived: false,
      fault: fault('timeout', `no connection to ${peer} in time`, { details, cause: thrown }),
    };
  }
  if (neverSent.has(code)) {
    return {
      mayHaveArrived: false,
      fault: fault('unavailable', `${peer} cannot be reached (${code})`, { details, cause: thrown }),
    };
  }
  return {
    mayHaveArrived: true,
    fault: fault('unavailable', `the connection to ${peer} broke (${code})`, { details, cause: thrown }),
  };
}

function codeOf(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown';
}
