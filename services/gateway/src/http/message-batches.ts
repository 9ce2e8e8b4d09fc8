// Anthropic's message batches: /v1/messages/batches and what lies below it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Warning } from '@waybill/contracts';
import { FaultError, fault, faultOf, type Result } from '@waybill/kernel';
import type { Logger } from '@waybill/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingEntry } from '../batches/batch-world.ts';
import type { Batches, EntryResult } from '../batches/batches.ts';
import { readCallerHeaders } from '../core/caller-headers.ts';
import { type BatchItem, readBatchRequest, showBatch, writeBatchLine } from '../dialects/anthropic/batches.ts';
import { anthropicMessages } from '../dialects/anthropic/index.ts';
import type { Authenticate, Digests, Principal } from '../ports.ts';
import type { BatchDocument } from '../projections/batches.ts';
import { warningsText } from './answer-headers.ts';
import { type JsonAnswer, serveJson } from './json-answer.ts';
import { parseJsonBody } from './json-body.ts';
import { refuse } from './refuse.ts';
import { presentedKey } from './request-headers.ts';

export interface BatchRoutes {
  readonly batches: Batches;
  readonly authenticate: Authenticate;
  readonly digests: Pick<Digests, 'ofUser'>;
  readonly log: Logger;
}

const path = '/v1/messages/batches';
const dialect = anthropicMessages;

export function addMessageBatches(server: FastifyInstance, routes: BatchRoutes): void {
  const { batches, log } = routes;
  const json = (answer: (request: FastifyRequest) => Promise<JsonAnswer>) => serveJson({ dialect, log, answer });
  const shown = (answer: (tenantId: string, batchId: string) => Promise<BatchDocument>) =>
    json(async (request) => {
      const { tenantId } = await principalOf(routes, request);
      return { body: showBatch(await answer(tenantId, batchIdIn(request))) };
    });
  server.post(
    path,
    json((request) => create(routes, request)),
  );
  server.get(
    path,
    json((request) => list(routes, request)),
  );
  server.get(`${path}/:batchId`, shown(batches.find));
  server.post(`${path}/:batchId/cancel`, shown(batches.cancel));
  server.get(`${path}/:batchId/results`, (request, reply) => sendResults(routes, request, reply));
}

async function principalOf({ authenticate }: BatchRoutes, { headers }: FastifyRequest): Promise<Principal> {
  return valueIn(await authenticate(presentedKey(headers)));
}

async function create(routes: BatchRoutes, request: FastifyRequest): Promise<JsonAnswer> {
  const principal = await principalOf(routes, request);
  const pseudonymOf = (user: string) => routes.digests.ofUser(principal.tenantId, user);
  const items = valueIn(readBatchRequest(valueIn(parseJsonBody(request.body))));
  const { attribution, maxCostPicoUsd } = valueIn(readCallerHeaders(request.headers, principal, pseudonymOf));
  const entries = items.map((item) => entryOf(item, pseudonymOf));
  const incoming = { dialect: dialect.name, endpoint: '/v1/messages', attribution, entries, maxCostPicoUsd };
  const batch = await routes.batches.open(incoming);
  return { body: showBatch(batch), headers: { 'x-waybill-provider': batch.providerId, ...warned(items) } };
}

function entryOf({ customId, request, bodyBytes }: BatchItem, pseudonymOf: (user: string) => string): IncomingEntry {
  return { customId, call: { ...request.call, endUser: pseudonymOf(request.endUser) }, bodyBytes };
}

/** What is not done, each thing once however many requests have asked for it. */
function warned(items: readonly BatchItem[]): Record<string, string> {
  const warnings = new Map<string, Warning>();
  for (const { request } of items) for (const warning of request.warnings) warnings.set(warning.subject, warning);
  return warnings.size === 0 ? {} : { 'x-waybill-warnings': warningsText([...warnings.values()]) };
}

async function list(routes: BatchRoutes, request: FastifyRequest): Promise<JsonAnswer> {
  const { tenantId } = await principalOf(routes, request);
  const { limit = '20', after_id: after, before_id: before } = request.query as Record<string, string | undefined>;
  if (before !== undefined) throw wrong('before_id', 'is not served; page forwards by after_id');
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000) throw wrong('limit', 'is out of range');
  const asked = { dialect: dialect.name, limit: Number(limit), ...(after !== undefined && { after }) };
  const { batches, hasMore } = await routes.batches.list(tenantId, asked);
  const data = batches.map(showBatch);
  const [first, last] = [batches[0]?.batchId ?? null, batches.at(-1)?.batchId ?? null];
  return { body: { data, has_more: hasMore, first_id: first, last_id: last } };
}

/** The first result is waited for, so that an error has a status; a later one breaks the connection off. */
async function sendResults(routes: BatchRoutes, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  try {
    const { tenantId } = await principalOf(routes, request);
    const batch = await routes.batches.find(tenantId, batchIdIn(request));
    if (batch.state !== 'ended') throw new FaultError(notOver(batch));
    const results = routes.batches.results(batch, leaving.signal)[Symbol.asyncIterator]();
    const first = await results.next();
    response.writeHead(200, { 'content-type': 'application/x-jsonl' });
    await pipeline(Readable.from(linesOf(first, results)), response);
  } catch (thrown) {
    const because = faultOf(thrown);
    if (because.kind === 'internal' && !leaving.signal.aborted) routes.log.error({ err: thrown }, 'a request failed');
    if (response.headersSent) response.destroy();
    else refuse(response, dialect, because);
  }
}

async function* linesOf(first: IteratorResult<EntryResult>, rest: AsyncIterator<EntryResult>): AsyncGenerator<string> {
  for (let step = first; !step.done; step = await rest.next()) {
    yield writeBatchLine(step.value.entry, step.value.result);
  }
}

function batchIdIn({ params }: FastifyRequest): string {
  return (params as { batchId: string }).batchId;
}

function notOver({ batchId }: BatchDocument) {
  const details = { batch: batchId, reason: 'batch_not_over' };
  return fault('invalid', `the batch ${batchId} has not ended yet; its results come when it has`, { details });
}

function wrong(field: string, what: string): FaultError {
  return new FaultError(fault('invalid', `${field} ${what}`, { details: { field, reason: 'invalid_value' } }));
}

function valueIn<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}
