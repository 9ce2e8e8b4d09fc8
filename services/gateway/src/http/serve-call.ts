// One request of a client dialect, from its headers to its answer.
import type { ServerResponse } from 'node:http';
import type { Warning } from '@waybill/contracts';
import { type Clock, type Fault, FaultError, faultOf, type Result } from '@waybill/kernel';
import { general, type Logger, type OpenSpan, type Spans, waybill } from '@waybill/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConductCall, ConductedCall, IncomingCall } from '../conduct.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import type { Dialect, ReadRequest } from '../dialects/dialect.ts';
import type { Authenticate, Digests } from '../ports.ts';
import { type Answering, answerStream, answerWhole, withCallId } from './answer-call.ts';
import { answerHeaders } from './answer-headers.ts';
import { withDefaultModel } from './default-model.ts';
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
  readonly spans: Spans;
  /** A client that reads nothing for this long is cut off; milliseconds. */
  readonly stallMs: number;
  /** What is asked for when a request names no model; undefined: it has to. */
  readonly defaultModel: string | undefined;
  /** Counts an answer by dialect and status. */
  answered(dialect: string, status: number): void;
}

/** A handler for calls in one dialect. */
export function serveCalls(serving: CallServing, dialect: Dialect) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const arrivedAtMs = serving.clock.monotonicMs();
    reply.hijack();
    const span = openSpan(serving, dialect, request);
    const { status, fault } = await span.run(() => serveCall(serving, dialect, { request, reply, arrivedAtMs }));
    serving.answered(dialect.name, status);
    span.note({ [general.httpStatus]: status });
    span.ended(fault);
  };
}

/** Goes on from the caller's trace, and ends when the answer is out. */
function openSpan({ spans }: CallServing, { name }: Dialect, request: FastifyRequest): OpenSpan {
  const route = request.routeOptions.url;
  const attributes = { [general.httpMethod]: request.method, [general.httpRoute]: route, [waybill.dialect]: name };
  return spans.open(`${request.method} ${route}`, {
    kind: 'server',
    attributes,
    parent: traceHeadersOf(request.headers),
  });
}

interface Arrived {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly arrivedAtMs: number;
}

/** What a client was answered. */
interface Served {
  readonly status: number;
  readonly fault?: Fault | undefined;
}

async function serveCall(serving: CallServing, dialect: Dialect, arrived: Arrived): Promise<Served> {
  const { request, reply, arrivedAtMs } = arrived;
  const response = reply.raw;
  let call: ConductedCall | undefined;
  try {
    const read = await readCall(serving, dialect, request);
    const signal = whenClientLeaves(response);
    call = await serving.conduct({ ...read.incoming, arrivedAtMs, signal });
    const fault = await answer(serving, { call, request: read.request, warnings: read.warnings, response });
    return { status: 200, fault };
  } catch (thrown) {
    const because = faultOf(thrown);
    if (because.kind === 'internal') serving.log.error({ err: thrown }, 'a request failed');
    const known = call && withCallId(because, call);
    const status = refuse(response, dialect, known ?? because, call && answerHeaders(call, []));
    return { status, fault: because };
  }
}

type AnsweringHere = Omit<Answering, 'stallMs'>;

async function answer(serving: CallServing, answering: AnsweringHere): Promise<Fault | undefined> {
  const settled = { ...answering, stallMs: serving.stallMs };
  const { frames } = answering.request.answer;
  const because = await (frames ? answerStream(settled, frames) : answerWhole(settled).then(() => undefined));
  if (because?.kind === 'internal') serving.log.error({ err: because.cause }, 'an answer broke off');
  return because;
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
  const meant = withDefaultModel(valueIn(parseJsonBody(body)), serving.defaultModel);
  const request = valueIn(dialect.read(meant));
  checkIdempotencyKey(headers);
  const pseudonymOf = (user: string) => serving.digests.ofUser(principal.tenantId, user);
  const asked = valueIn(readCallerHeaders(headers, principal, pseudonymOf));
  const endUser = pseudonymOf(request.endUser);
  const incoming = {
    ...asked,
    attribution: {
      ...asked.attribution,
      user: asked.attribution.user || endUser,
      tags: [...asked.attribution.tags, ...(request.tags ?? [])],
    },
    call: { ...request.call, endUser },
    dialect: dialect.name,
    ...(request.wishes && { wishes: request.wishes }),
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
