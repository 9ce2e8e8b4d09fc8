// What OpenAI's clients hand in: a batch made of a file, and the file's lines.
import { isUtf8 } from 'node:buffer';
import { type Fault, fault, type Result } from '@waybill/kernel';
import { z } from 'zod';
import { type BatchItem, mostEntries, within } from '../batch-item.ts';
import type { Dialect } from '../dialect.ts';
import { openaiChat } from '../openai/index.ts';
import { openaiCompletions } from '../openai-completions/index.ts';
import { openaiResponses } from '../openai-responses/index.ts';
import { fieldFault, readBody } from '../reading/problem.ts';

/** By the path that lines of a file are for; there are no others. */
export const lineDialects: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/responses': openaiResponses,
  '/v1/completions': openaiCompletions,
};

const label = z.string().min(1).max(64);

const newBatch = z.object({
  input_file_id: z.string().min(1),
  endpoint: z.enum(Object.keys(lineDialects)),
  completion_window: z.literal('24h'),
  metadata: z
    .record(label, z.string().max(512))
    .refine((labels) => Object.keys(labels).length <= 16, { error: 'has more than 16 entries' })
    .nullish(),
});

export interface NewBatch {
  readonly inputFileId: string;
  readonly endpoint: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export function readNewBatch(body: unknown): Result<NewBatch> {
  const read = readBody(newBatch, body);
  if (!read.ok) return read;
  const { input_file_id: inputFileId, endpoint, metadata } = read.value;
  return { ok: true, value: { inputFileId, endpoint, metadata: metadata ?? {} } };
}

const line = z.object({
  custom_id: z.string().min(1).max(512),
  method: z.literal('POST'),
  url: z.string(),
  body: z.record(z.string(), z.unknown()),
});

/** Reads JSON, or says what is wrong with it. */
export type ReadJson = (bytes: Buffer) => Result<unknown>;

/** A fault names the first line that is wrong, counted from 1, and the field in it. */
export function readLines(file: Buffer, endpoint: string, readJson: ReadJson): Result<readonly BatchItem[]> {
  if (!isUtf8(file)) return { ok: false, fault: fileFault('the file is not valid UTF-8') };
  const names = new Set<string>();
  const items: BatchItem[] = [];
  for (const { number, bytes } of linesOf(file)) {
    if (items.length === mostEntries)
      return { ok: false, fault: fileFault(`the file has more than ${mostEntries} lines`) };
    const item = readLine(bytes, endpoint, readJson);
    if (!item.ok) return { ok: false, fault: onLine(number, item.fault) };
    const { customId } = item.value;
    if (names.has(customId))
      return { ok: false, fault: onLine(number, fieldFault('custom_id', 'is that of a line before')) };
    names.add(customId);
    items.push(item.value);
  }
  return items.length > 0 ? { ok: true, value: items } : { ok: false, fault: fileFault('the file has no lines') };
}

function readLine(bytes: Buffer, endpoint: string, readJson: ReadJson): Result<BatchItem> {
  const value = readJson(bytes);
  if (!value.ok) return value;
  const read = readBody(line, value.value);
  if (!read.ok) return read;
  const { custom_id: customId, url, body } = read.value;
  if (url !== endpoint)
    return { ok: false, fault: fieldFault('url', `has to be ${endpoint}, the endpoint of the batch`) };
  const request = lineDialects[endpoint]!.read(body);
  if (!request.ok) return { ok: false, fault: within('body', request.fault) };
  if (request.value.answer.frames) return { ok: false, fault: fieldFault('body.stream', 'is not for batches') };
  return { ok: true, value: { customId, request: request.value, bodyBytes: bytes.length } };
}

/** Lines that hold nothing count, and are left out. */
function* linesOf(file: Buffer): Generator<{ number: number; bytes: Buffer }> {
  let number = 1;
  for (let begin = 0; begin < file.length; number += 1) {
    const found = file.indexOf('\n', begin);
    const end = found < 0 ? file.length : found;
    const bytes = file.subarray(begin, end);
    if (bytes.some((byte) => byte > 0x20)) yield { number, bytes };
    begin = end + 1;
  }
}

function fileFault(message: string): Fault {
  return fault('invalid', message, { details: { field: 'input_file_id', reason: 'invalid_value' } });
}

function onLine(number: number, { message, details, ...rest }: Fault): Fault {
  return { ...rest, message: `line ${number}: ${message}`, details: { ...details, line: String(number) } };
}
