// The data folder as proof: of two processes that have had the same one, the earlier is gone.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { lockFolder } from '@waybill/event-log';
import { readOrMakePrivateFile } from '../keys/private-file.ts';

export interface FolderClaim {
  /** Made at the first start in this folder, and the same ever after. */
  readonly folderId: string;
  release(): void;
}

/** The operating system ends the claim with the process. Throws a FaultError `conflict` when another gateway has it. */
export async function claimFolder(directory: string): Promise<FolderClaim> {
  const release = lockFolder(directory, 'gateway');
  try {
    const file = join(directory, 'gateway.folder');
    return { folderId: await readOrMakePrivateFile(file, () => randomBytes(16).toString('hex')), release };
  } catch (thrown) {
    release();
    throw thrown;
  }
}
