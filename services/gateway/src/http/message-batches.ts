// Anthropic's message batches: /v1/messages/batches and what lies below it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readBatchRequest, showBatch, writeBatchLine } from '../dialects/anthropic/batches.ts';
import { anthropicMessages } from '../dialects/anthropic/index.ts';
import type { BatchDocument } from '../projections/batches.ts';
import {
  type BatchRoutes,
  demandOver,
  openBatch,
  pageIn,
  principalOf,
  sendLines,
  valueIn,
  wrong,
} from './batch-requests.ts';
import { type JsonAnswer, serveJson } from './json-answer.ts';
import { parseJsonBody } from './json-body.ts';

const path = '/v1/messages/batches';
const mostAPage = 1_000;
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

async function create(routes: BatchRoutes, request: FastifyRequest): Promise<JsonAnswer> {
  const principal = await principalOf(routes, request);
  const items = valueIn(readBatchRequest(valueIn(parseJsonBody(request.body))));
  const read = { principal, dialect: dialect.name, endpoint: '/v1/messages', items, show: showBatch };
  return openBatch(routes, request, read);
}

async function list(routes: BatchRoutes, request: FastifyRequest): Promise<JsonAnswer> {
  const { tenantId } = await principalOf(routes, request);
  const { before_id: before } = request.query as Record<string, unknown>;
  if (before !== undefined) throw wrong('before_id', 'is not served; page forwards by after_id');
  const asked = { dialects: [dialect.name], ...pageIn(request, 'after_id', mostAPage) };
  const { batches, hasMore } = await routes.batches.list(tenantId, asked);
  const data = batches.map(showBatch);
  const [first, last] = [batches[0]?.batchId ?? null, batches.at(-1)?.batchId ?? null];
  return { body: { data, has_more: hasMore, first_id: first, last_id: last } };
}

function sendResults(routes: BatchRoutes, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  return sendLines(reply, {
    dialect,
    log: routes.log,
    async read(signal) {
      const { tenantId } = await principalOf(routes, request);
      const batch = await routes.batches.find(tenantId, batchIdIn(request));
      demandOver(batch);
      return linesOf(routes, batch, signal);
    },
  });
}

async function* linesOf({ batches }: BatchRoutes, batch: BatchDocument, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { entry, result } of batches.results(batch, signal)) yield writeBatchLine(entry, result);
}

function batchIdIn({ params }: FastifyRequest): string {
  return (params as { batchId: string }).batchId;
}
