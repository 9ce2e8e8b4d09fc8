// Recordings as files that their owner alone may read: one for each request, and one for each attempt that points there.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FaultError, fault } from '@waybill/kernel';
import { z } from 'zod';
import type { AttemptRecord, Recording } from '../core/recording.ts';
import type { Recordings } from '../ports.ts';

const json = z.record(z.string(), z.unknown());
const spanMs = z.number().nonnegative();
const key = z.string().regex(/^[0-9a-f]{64}$/);

const recordingSchema: z.ZodType<Recording> = z.object({
  version: z.literal(1),
  key,
  recordedAt: z.string(),
  dialect: z.string(),
  upstreamModel: z.string(),
  request: z.object({ path: z.string(), body: z.string() }),
  call: json,
  reply: json,
  answer: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    firstByteMs: spanMs,
    pieces: z.array(z.object({ atMs: spanMs, base64: z.string() })),
    endMs: spanMs,
  }),
});

const attemptSchema: z.ZodType<AttemptRecord> = z.object({
  attemptId: z.string(),
  key,
  replayed: z.boolean(),
  replyDigest: z.string(),
});

export function recordingFiles(folder: string): Recordings {
  const recordingFile = (id: string) => join(folder, 'requests', id.slice(0, 2), `${id}.json`);
  const attemptFile = (attemptId: string) => join(folder, 'attempts', `${fileName(attemptId)}.json`);
  return {
    place: folder,
    load: (id) => read(recordingFile(id), recordingSchema),
    async save(recording: Recording) {
      await write(recordingFile(recording.key), recording);
    },
    ofAttempt: (attemptId) => read(attemptFile(attemptId), attemptSchema),
    async note(record: AttemptRecord) {
      await write(attemptFile(record.attemptId), record);
    },
  };
}

/** Ids of attempts hold a colon, which is no character for files everywhere. */
function fileName(attemptId: string): string {
  return attemptId.replace(/[^A-Za-z0-9_-]/g, '-');
}

async function read<Value>(file: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): FaultError {
  const message = `the recording ${file} cannot be read; remove it, and record the request again`;
  return new FaultError(fault('internal', message, { cause }));
}

let written = 0;

/** In one step: whoever reads sees the old file or the new one. */
async function write(file: string, value: object): Promise<void> {
  written += 1;
  const beside = `${file}.${process.pid}.${written}.new`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(beside, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  await rename(beside, file);
}
