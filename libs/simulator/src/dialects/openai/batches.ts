// OpenAI's batches: made from an uploaded file, told of in two files.
import type { Batch, BatchEntry, EntryResult } from '../../batches/book.ts';
import { splitModel } from '../../call.ts';
import { isRecord, type Json, type JsonRecord, recordOf, textOf } from '../../json.ts';
import type { BatchDialect, BatchOperation, FileOperation, Operation, Received } from '../dialect.ts';
import { invalid, type Refusal } from '../refusal.ts';

const endpoints = ['/v1/chat/completions', '/v1/responses', '/v1/completions'];
const mostEntries = 50_000;
const day = 86_400;

export function batchOrFileOperation(received: Received): Operation | undefined {
  const batch = batchOperation(received);
  if (batch !== undefined) return { kind: 'batch', batch };
  const file = fileOperation(received);
  return file && { kind: 'file', file };
}

function batchOperation({ method, path }: Received): BatchOperation | undefined {
  const match = /^\/batches(?:\/([^/]+)(?:\/(cancel))?)?$/.exec(path);
  if (match === null) return undefined;
  const [, id, action] = match;
  if (id === undefined) return method === 'POST' ? { action: 'create' } : { action: 'list' };
  if (action === 'cancel') return method === 'POST' ? { action: 'cancel', id } : undefined;
  return method === 'GET' ? { action: 'show', id } : undefined;
}

function fileOperation({ method, path }: Received): FileOperation | undefined {
  const match = /^\/files(?:\/([^/]+)(\/content)?)?$/.exec(path);
  if (match === null) return undefined;
  const [, id, content] = match;
  if (id === undefined) return method === 'POST' ? { action: 'upload' } : undefined;
  return method === 'GET' ? { action: content === undefined ? 'show' : 'content', id } : undefined;
}

export const fileBatches: Omit<BatchDialect, 'entryDialect'> = {
  idPrefix: 'batch_',
  read,
  show,
  page(batches, { query }) {
    const after = batches.findIndex(({ id }) => id === query.get('after')) + 1;
    const limit = Number(query.get('limit') ?? 20);
    const data = batches.slice(after, after + limit).map(show);
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null];
    return { object: 'list', data, has_more: after + limit < batches.length, first_id: first, last_id: last };
  },
  line,
  fileOf(batch, fileId) {
    const found = [outputFile, errorFile].find((file) => file(batch)?.id === fileId);
    return found?.(batch)?.results.map(line);
  },
};

function read(body: JsonRecord, fileText: (id: string) => string | undefined) {
  const { input_file_id, endpoint, completion_window, metadata = null } = body;
  const text = fileText(textOf(input_file_id));
  if (text === undefined) return refused('input_file_id', 'Invalid file id.');
  if (!endpoints.includes(textOf(endpoint))) return refused('endpoint', `must be one of ${endpoints.join(', ')}`);
  if (completion_window !== '24h') return refused('completion_window', "must be '24h'");
  const { entries, errors } = readFile(text, textOf(endpoint));
  const kept = { input_file_id, endpoint, completion_window, metadata, errors };
  return { entries: errors.length > 0 ? [] : entries, kept };
}

function refused(param: string, message: string): Refusal {
  return invalid(`${param}: ${message}`, param);
}

/** What is wrong with a file shows when the batch has been looked at, line by line. */
function readFile(text: string, endpoint: string): { entries: BatchEntry[]; errors: JsonRecord[] } {
  const lines = text.split('\n').filter((each) => each.trim() !== '');
  const errors: JsonRecord[] = [];
  const entries: BatchEntry[] = [];
  const names = new Set<string>();
  const models = new Set<string>();
  for (const [index, each] of lines.entries()) {
    const fields = recordOf(parse(each));
    const customId = textOf(fields.custom_id);
    models.add(splitModel(textOf(recordOf(fields.body).model)).model);
    const problem = models.size > 1 ? otherModel : problemOf(fields, endpoint, names);
    if (problem !== undefined) errors.push({ ...problem, line: index + 1 });
    names.add(customId);
    entries.push({ customId, params: recordOf(fields.body) });
  }
  if (lines.length === 0) errors.push({ code: 'empty_file', message: 'The file is empty.', param: null, line: null });
  if (lines.length > mostEntries)
    errors.push({ code: 'too_many_tasks', message: 'Too many.', param: null, line: null });
  return { entries, errors };
}

/** A file is for one model. */
const otherModel = {
  code: 'mismatched_model',
  message: 'the model is not that of the first line',
  param: 'body.model',
};

function problemOf(fields: JsonRecord, endpoint: string, names: ReadonlySet<string>): JsonRecord | undefined {
  const customId = textOf(fields.custom_id);
  if (customId === '')
    return { code: 'missing_required_parameter', message: 'custom_id is missing', param: 'custom_id' };
  if (names.has(customId))
    return { code: 'duplicate_custom_id', message: `${customId} came before`, param: 'custom_id' };
  if (fields.method !== 'POST') return { code: 'invalid_method', message: 'method has to be POST', param: 'method' };
  if (fields.url !== endpoint) return { code: 'mismatched_endpoint', message: `url is not ${endpoint}`, param: 'url' };
  if (!isRecord(fields.body)) return { code: 'invalid_request', message: 'body is no object', param: 'body' };
  const { stream } = fields.body;
  return stream === true ? { code: 'invalid_request', message: 'no streams here', param: 'body.stream' } : undefined;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

interface ResultFile {
  readonly id: string;
  readonly results: readonly EntryResult[];
}

function outputFile({ id, results }: Batch): ResultFile | undefined {
  const succeeded = results.filter(({ type }) => type === 'succeeded');
  return succeeded.length === 0 ? undefined : { id: `file-output-${id}`, results: succeeded };
}

function errorFile({ id, results }: Batch): ResultFile | undefined {
  const others = results.filter(({ type }) => type !== 'succeeded');
  return others.length === 0 ? undefined : { id: `file-errors-${id}`, results: others };
}

function show(batch: Batch): JsonRecord {
  const { id, createdAt, endedAt, cancelledAt, entries, results, kept } = batch;
  const { errors, ...asked } = kept;
  const created = seconds(createdAt) ?? 0;
  const completed = results.filter(({ type }) => type === 'succeeded').length;
  const status = statusOf(batch);
  const at = (which: string) => (status === which ? seconds(endedAt) : null);
  return {
    id,
    object: 'batch',
    ...asked,
    errors: status === 'failed' ? { object: 'list', data: errors } : null,
    status,
    output_file_id: outputFile(batch)?.id ?? null,
    error_file_id: errorFile(batch)?.id ?? null,
    created_at: created,
    in_progress_at: created,
    expires_at: created + day,
    finalizing_at: null,
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: seconds(cancelledAt),
    cancelled_at: at('cancelled'),
    request_counts: { total: entries.length, completed, failed: results.length - completed },
  };
}

function statusOf({ endedAt, cancelledAt, results, kept }: Batch): string {
  if (endedAt === undefined) return cancelledAt === undefined ? 'in_progress' : 'cancelling';
  if (Array.isArray(kept.errors) && kept.errors.length > 0) return 'failed';
  if (cancelledAt !== undefined) return 'cancelled';
  return results.some(({ type }) => type === 'expired') ? 'expired' : 'completed';
}

function seconds(at: Date | undefined): number | null {
  return at === undefined ? null : Math.floor(at.getTime() / 1000);
}

function line(result: EntryResult): JsonRecord {
  const named = { id: `batch_req_${result.customId}`, custom_id: result.customId };
  switch (result.type) {
    case 'succeeded':
      return {
        ...named,
        response: { status_code: 200, request_id: result.requestId, body: result.reply },
        error: null,
      };
    case 'errored':
      return { ...named, response: { status_code: result.status, request_id: '', body: result.error }, error: null };
    case 'expired':
      return { ...named, response: null, error: { code: 'batch_expired', message: 'The window ended before it ran.' } };
    default:
      return { ...named, response: null, error: { code: 'batch_cancelled', message: 'The batch was cancelled.' } };
  }
}
