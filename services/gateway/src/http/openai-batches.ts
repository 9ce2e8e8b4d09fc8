// OpenAI's files and batches: /v1/files, /v1/batches, and what lies below them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Uploads } from '../batches/uploads.ts';
import { openaiChat } from '../dialects/openai/index.ts';
import { lineDialects, readLines, readNewBatch } from '../dialects/openai-batches/read.ts';
import { type ResultFile, resultsIn, showBatch, showUpload, writeResult } from '../dialects/openai-batches/write.ts';
import type { BatchDocument } from '../projections/batches.ts';
import { type BatchRoutes, demandOver, openBatch, pageIn, principalOf, sendLines, valueIn } from './batch-requests.ts';
import { type JsonAnswer, serveJson } from './json-answer.ts';
import { parseJsonBody } from './json-body.ts';
import { readUploadForm } from './upload-form.ts';

export interface FileRoutes extends BatchRoutes {
  readonly uploads: Uploads;
}

const mostAPage = 100;
const dialect = openaiChat;
const dialects = Object.values(lineDialects).map(({ name }) => name);

export function addOpenAiBatches(server: FastifyInstance, routes: FileRoutes): void {
  const { batches, uploads, log } = routes;
  const json = (answer: (request: FastifyRequest, tenantId: string) => Promise<JsonAnswer>) =>
    serveJson({
      dialect,
      log,
      answer: async (request) => answer(request, (await principalOf(routes, request)).tenantId),
    });
  const shown = (answer: (tenantId: string, batchId: string) => Promise<BatchDocument>) =>
    json(async (request, tenantId) => ({ body: showBatch(await answer(tenantId, idIn(request))) }));
  // Forms are read here and nowhere else.
  server.register(async (files) => {
    files.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    files.post(
      '/v1/files',
      json(async ({ body, headers }, tenantId) => {
        const form = await readUploadForm(body, headers['content-type']);
        return { body: showUpload(await uploads.add(tenantId, form)) };
      }),
    );
  });
  server.get(
    '/v1/files/:id',
    json(async (request, tenantId) => ({ body: showUpload(await uploads.find(tenantId, idIn(request))) })),
  );
  server.delete(
    '/v1/files/:id',
    json(async (request, tenantId) => {
      await uploads.remove(tenantId, idIn(request));
      return { body: { id: idIn(request), object: 'file', deleted: true } };
    }),
  );
  server.get('/v1/files/:id/content', (request, reply) => sendContent(routes, request, reply));
  server.post('/v1/batches', serveJson({ dialect, log, answer: (request) => create(routes, request) }));
  server.get(
    '/v1/batches',
    json((request, tenantId) => list(routes, request, tenantId)),
  );
  server.get('/v1/batches/:id', shown(batches.find));
  server.post('/v1/batches/:id/cancel', shown(batches.cancel));
}

async function create(routes: FileRoutes, request: FastifyRequest): Promise<JsonAnswer> {
  const principal = await principalOf(routes, request);
  const asked = valueIn(readNewBatch(valueIn(parseJsonBody(request.body))));
  const { content } = await routes.uploads.find(principal.tenantId, asked.inputFileId);
  const items = valueIn(readLines(content, asked.endpoint, parseJsonBody));
  const { name } = lineDialects[asked.endpoint]!;
  return openBatch(routes, request, { principal, dialect: name, items, show: showBatch, ...asked });
}

async function list({ batches }: FileRoutes, request: FastifyRequest, tenantId: string): Promise<JsonAnswer> {
  const page = await batches.list(tenantId, { dialects, ...pageIn(request, 'after', mostAPage) });
  const [first, last] = [page.batches[0]?.batchId ?? null, page.batches.at(-1)?.batchId ?? null];
  const data = page.batches.map(showBatch);
  return { body: { object: 'list', data, has_more: page.hasMore, first_id: first, last_id: last } };
}

/** A file as it was uploaded, or the results of a batch that belong to it. */
function sendContent(routes: FileRoutes, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  return sendLines(reply, {
    dialect,
    log: routes.log,
    async read(signal) {
      const { tenantId } = await principalOf(routes, request);
      const asked = resultsIn(idIn(request));
      if (asked === undefined) return contentOf(await routes.uploads.find(tenantId, idIn(request)));
      const batch = await routes.batches.find(tenantId, asked.batchId);
      demandOver(batch);
      return linesOf(routes, batch, { file: asked.file, signal });
    },
  });
}

async function* contentOf({ content }: { readonly content: Buffer }): AsyncGenerator<string> {
  yield content.toString('utf8');
}

async function* linesOf(
  { batches }: FileRoutes,
  batch: BatchDocument,
  { file, signal }: { readonly file: ResultFile; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  for await (const { entry, result } of batches.results(batch, signal)) {
    const line = writeResult(entry, result, batch);
    if (line.file === file) yield line.text;
  }
}

function idIn({ params }: FastifyRequest): string {
  return (params as { id: string }).id;
}
