import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { claimFolder } from './folder-claim.ts';

test("a folder is one gateway's at a time, and has the same id for the next", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-folder-'));
  const claim = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toMatchObject({
    fault: { kind: 'conflict', message: expect.stringContaining(folder) },
  });
  claim.release();
  const next = await claimFolder(folder);
  expect(next.folderId).toBe(claim.folderId);
  next.release();
  await rm(folder, { recursive: true });
});
