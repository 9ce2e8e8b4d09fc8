// One client that asks for a stream, and then reads it slowly, late or not at all.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GenerationServiceDefinition } from '@waybill/contracts';
import { connectGrpc, grpcQuestion } from '../e2e/grpc-client.ts';
import type { World } from '../e2e/world.ts';

/** `late`: nothing for a while, and then everything. */
export type Habit = 'none' | 'slow' | 'late';

export interface SlowClientOptions {
  readonly model: string;
  readonly over: 'http' | 'grpc';
  readonly habit: Habit;
  /** How long it reads nothing at first, if it is late; milliseconds. */
  readonly lateMs: number;
}

export interface SlowClient extends SlowClientOptions {
  /** Resolves with how its answer ended: to its proper end, or otherwise, in words. Never rejects. */
  readonly ended: Promise<'complete' | string>;
  leave(): void;
}

/** A piece, or what one reading of a socket brings, and then this long nothing. */
const slowMs = 250;
const question = 'Tell me everything.';

/** Resolves when the answer has begun; rejects when it does not. */
export function openSlowClient(world: World, options: SlowClientOptions): Promise<SlowClient> {
  return options.over === 'grpc' ? openGrpc(world, options) : openHttp(world, options);
}

async function openHttp(world: World, options: SlowClientOptions): Promise<SlowClient> {
  const leaving = new AbortController();
  const asking = request(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    signal: leaving.signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.key}` },
  });
  asking.end(JSON.stringify({ model: options.model, stream: true, messages: [{ role: 'user', content: question }] }));
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  asking.on('error', () => undefined);
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  const ended = readHttp(answer, options).catch((thrown: unknown) => String(thrown));
  return { ...options, ended, leave: () => leaving.abort() };
}

async function readHttp(answer: IncomingMessage, { habit, lateMs }: SlowClientOptions): Promise<string> {
  answer.on('error', () => undefined);
  if (habit === 'none') {
    await once(answer, 'close');
    return 'it was cut off';
  }
  if (habit === 'late') await sleep(lateMs);
  let end = '';
  for await (const piece of answer) {
    end = (end + String(piece)).slice(-100);
    if (habit === 'slow') await sleep(slowMs);
  }
  return end.endsWith('data: [DONE]\n\n') ? 'complete' : end;
}

async function openGrpc(world: World, options: SlowClientOptions): Promise<SlowClient> {
  const leaving = new AbortController();
  const transport = connectGrpc(world);
  const answer = transport
    .client(GenerationServiceDefinition)
    .generateStream(grpcQuestion(options.model, question), {
      signal: leaving.signal,
      metadata: { authorization: `Bearer ${world.key}` },
      timeoutMs: 600_000,
    })
    [Symbol.asyncIterator]();
  await answer.next();
  const ended = readGrpc(answer, options, leaving.signal)
    .catch((thrown: unknown) => String(thrown))
    .finally(() => transport.close());
  return { ...options, ended, leave: () => leaving.abort() };
}

type Updates = AsyncIterator<{ update?: { $case: string } | undefined }>;

async function readGrpc(answer: Updates, { habit, lateMs }: SlowClientOptions, leaving: AbortSignal): Promise<string> {
  if (habit === 'none') await once(leaving, 'abort');
  if (habit === 'late') await sleep(lateMs);
  let last = '';
  for (let next = await answer.next(); next.done !== true; next = await answer.next()) {
    last = next.value.update?.$case ?? '';
    if (habit === 'slow') await sleep(slowMs);
  }
  return last === 'summary' ? 'complete' : `its last message was ${last}`;
}
