// Files that callers have uploaded to make batches of: kept encrypted, for their own tenant, for a while.
import { createHash } from 'node:crypto';
import { FaultError, fault, type Micros } from '@waybill/kernel';
import type { SealedStore } from '../ports.ts';

export interface Upload {
  readonly fileId: string;
  readonly filename: string;
  readonly purpose: string;
  readonly createdAtMicros: Micros;
  readonly content: Buffer;
}

/** Throws a FaultError: `not_found` for a file that the tenant does not have, or no longer. */
export interface Uploads {
  add(tenantId: string, file: Pick<Upload, 'filename' | 'purpose' | 'content'>): Promise<Upload>;
  find(tenantId: string, fileId: string): Promise<Upload>;
  remove(tenantId: string, fileId: string): Promise<void>;
}

export interface UploadsOptions {
  readonly store: SealedStore;
  newId(): string;
  nowMicros(): Micros;
}

export function keepUploads({ store, newId, nowMicros }: UploadsOptions): Uploads {
  async function find(tenantId: string, fileId: string): Promise<Upload> {
    const bytes = await store.load(nameOf(tenantId, fileId));
    if (bytes !== undefined) return decode(fileId, bytes);
    throw new FaultError(fault('not_found', `there is no file ${fileId}`, { details: { file: fileId } }));
  }

  return {
    find,
    async add(tenantId, { filename, purpose, content }) {
      const upload = { fileId: newId(), filename, purpose, createdAtMicros: nowMicros(), content };
      if (await store.save(nameOf(tenantId, upload.fileId), encode(upload))) return upload;
      throw new FaultError(fault('too_large', `a file of ${content.length} bytes is larger than can be kept here`));
    },
    async remove(tenantId, fileId) {
      await find(tenantId, fileId);
      await store.remove(nameOf(tenantId, fileId));
    },
  };
}

/** Another tenant that knows the id finds nothing by it. */
function nameOf(tenantId: string, fileId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantId, fileId]))
    .digest('hex');
}

/** What is known of it on a line before its content. */
function encode({ filename, purpose, createdAtMicros, content }: Upload): Buffer {
  const head = JSON.stringify({ filename, purpose, createdAtMicros: String(createdAtMicros) });
  return Buffer.concat([Buffer.from(`${head}\n`), content]);
}

function decode(fileId: string, bytes: Buffer): Upload {
  const end = bytes.indexOf('\n');
  const head = JSON.parse(bytes.toString('utf8', 0, end)) as Record<'filename' | 'purpose' | 'createdAtMicros', string>;
  const { filename, purpose, createdAtMicros } = head;
  return { fileId, filename, purpose, createdAtMicros: BigInt(createdAtMicros), content: bytes.subarray(end + 1) };
}
