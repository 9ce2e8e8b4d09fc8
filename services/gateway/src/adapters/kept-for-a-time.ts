// What a gateway keeps sealed for a time besides the log: in MongoDB, where all gateways find it, or in files of its own.
import { join } from 'node:path';
import type { ServiceContext } from '@waybill/service';
import type { AnswerStore, SealedStore } from '../ports.ts';
import { openAnswerFiles } from './encrypted-answer-files.ts';
import { openMongoAnswers } from './mongo-answers.ts';
import { mongoRun, openMongoSealed } from './mongo-sealed.ts';
import { openSealedFiles } from './sealed-files.ts';

/** Answers to give again to who asks again under the same idempotency key. */
export function openAnswers(context: ServiceContext, key: Buffer): Promise<AnswerStore> {
  const { configuration, dataDirectory, mongodb } = context;
  const { idempotency } = configuration.server;
  if (mongodb) return openMongoAnswers({ ...idempotency, key, connection: mongodb });
  return openAnswerFiles({ ...idempotency, key, nowMs: nowMsOf(context), directory: join(dataDirectory, 'answers') });
}

/** Files wait there for their batch, milliseconds, all of them together at most so many bytes. */
const uploadBounds = { retentionMs: 86_400_000, maxBytes: 2 ** 30 };

/** Files that were uploaded for a batch. */
export function openUploads(context: ServiceContext, key: Buffer): Promise<SealedStore> {
  const { dataDirectory, mongodb } = context;
  const run = mongoRun('uploaded files cannot be kept and found at the moment');
  if (mongodb) return openMongoSealed({ ...uploadBounds, key, connection: mongodb, collection: 'uploads', run });
  return openSealedFiles({ ...uploadBounds, key, nowMs: nowMsOf(context), directory: join(dataDirectory, 'uploads') });
}

function nowMsOf({ clock }: ServiceContext): () => number {
  return () => Number(clock.nowMicros() / 1000n);
}
