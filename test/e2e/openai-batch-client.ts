// OpenAI's client of batches.
import OpenAI, { toFile } from 'openai';
import { keys } from './configuration.ts';
import type { StandaloneWorld } from './world.ts';

export const chats = '/v1/chat/completions' as const;

export function openAiClientOf({ url }: Pick<StandaloneWorld, 'url'>, apiKey: string = keys.small): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
}

export function lineOf(customId: string, model = 'gpt-4o-mini', more: object = {}) {
  const messages = [{ role: 'user', content: `What is ${customId}?` }];
  return { custom_id: customId, method: 'POST', url: chats, body: { model, messages, max_tokens: 60, ...more } };
}

export async function uploadOf(client: OpenAI, lines: readonly (object | string)[]): Promise<OpenAI.FileObject> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  return client.files.create({ file: await toFile(Buffer.from(text), 'calls.jsonl'), purpose: 'batch' });
}

export async function handIn(
  client: OpenAI,
  lines: readonly (object | string)[],
  idempotencyKey?: string,
): Promise<OpenAI.Batch> {
  const { id } = await uploadOf(client, lines);
  const options = idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } };
  return client.batches.create({ input_file_id: id, endpoint: chats, completion_window: '24h' }, options);
}

const over = ['completed', 'failed', 'expired', 'cancelled'];

export async function untilOver(client: OpenAI, id: string): Promise<OpenAI.Batch> {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (over.includes(batch.status)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export interface ResultLine {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion } | null;
  readonly error: { readonly code: string } | null;
}

/** The lines of a file of results, by what the caller calls them. */
export async function linesIn(client: OpenAI, fileId: string | null | undefined): Promise<Map<string, ResultLine>> {
  const text = await (await client.files.content(fileId ?? '')).text();
  const lines = text.trimEnd().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as ResultLine).map((line) => [line.custom_id, line]));
}
