// One request of a client dialect, from its headers to its answer.
import type { ServerResponse } from 'node:http';
import type { Call, Warning } from '@waybill/contracts';
import { type Clock, FaultError, faultOf, type Result } from '@waybill/kernel';
import type { Logger } from '@waybill/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConductCall, ConductedCall, IncomingCall } from '../conduct.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import type { Dialect, ReadRequest } from '../dialects/dialect.ts';
import type { Authenticate, Digests } from '../ports.ts';
import { type Answering, answerStream, answerWhole, withCallId } from './answer-call.ts';
import { answerHeaders } from './answer-headers.ts';
import { parseJsonBody } from './json-body.ts';
import { refuse } from './refuse.ts';
import { checkIdempotencyKey, presentedKey, traceHeadersOf, warnOfQueueHeaders } from './request-headers.ts';

/** What serving calls takes. */
export interface CallServing {
  readonly conduct: ConductCall;
  readonly authenticate: Authenticate;
  readonly digests: Pick<Digests, 'ofUser'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A client that reads nothing for this long is cut off; milliseconds. */
  readonly stallMs: number;
  /** Counts an answer by dialect and status. */
  answered(dialect: string, status: number): void;
}

/** A handler for calls in one dialect. */
export function serveCalls(serving: CallServing, dialect: Dialect) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const arrivedAtMs = serving.clock.monotonicMs();
    reply.hijack();
    const response = reply.raw;
    let call: ConductedCall | undefined;
    try {
      const read = await readCall(serving, dialect, request);
      const signal = whenClientLeaves(response);
      call = await serving.conduct({ ...read.incoming, arrivedAtMs, signal });
      await answer(serving, { call, dialect, request: read.request, warnings: read.warnings, response });
    } catch (thrown) {
      const because = faultOf(thrown);
      if (because.kind === 'internal') serving.log.error({ err: thrown }, 'a request failed');
      const known = call && withCallId(because, call);
      const status = refuse(response, dialect, known ?? because, call && answerHeaders(call, []));
      serving.answered(dialect.name, status);
    }
  };
}

type AnsweringHere = Omit<Answering, 'createdAtSeconds' | 'stallMs'>;

async function answer(serving: CallServing, answering: AnsweringHere): Promise<void> {
  const { clock, stallMs } = serving;
  const settled = { ...answering, createdAtSeconds: Number(clock.nowMicros() / 1_000_000n), stallMs };
  const isStreamed = isStream(answering.request.call);
  const because = isStreamed ? await answerStream(settled) : await answerWhole(settled);
  if (because?.kind === 'internal') serving.log.error({ err: because.cause }, 'an answer broke off');
  serving.answered(answering.dialect.name, 200);
}

function isStream({ task }: Call): boolean {
  return task?.$case === 'chat' && task.value.stream;
}

interface ReadCall {
  readonly request: ReadRequest;
  readonly incoming: Omit<IncomingCall, 'arrivedAtMs' | 'signal'>;
  /** The dialect's and those about headers. */
  readonly warnings: readonly Warning[];
}

/** Who calls, and what for. Throws the fault of what is wrong. */
async function readCall(serving: CallServing, dialect: Dialect, { headers, body }: FastifyRequest): Promise<ReadCall> {
  const principal = valueIn(await serving.authenticate(presentedKey(headers)));
  const request = valueIn(dialect.read(valueIn(parseJsonBody(body))));
  checkIdempotencyKey(headers);
  const pseudonymOf = (user: string) => serving.digests.ofUser(principal.tenantId, user);
  const asked = valueIn(readCallerHeaders(headers, principal, pseudonymOf));
  const endUser = pseudonymOf(request.endUser);
  const incoming = {
    ...asked,
    attribution: { ...asked.attribution, user: asked.attribution.user || endUser },
    call: { ...request.call, endUser },
    dialect: dialect.name,
    bodyBytes: (body as Buffer).length,
    traceHeaders: traceHeadersOf(headers),
  };
  return { request, incoming, warnings: [...request.warnings, ...warnOfQueueHeaders(headers)] };
}

function valueIn<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}

/** Aborts when the connection closes before the answer is out. */
function whenClientLeaves(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  if (response.destroyed) leaving.abort();
  return leaving.signal;
}
