import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { FaultError } from '@waybill/kernel';
import { sealedKeysContract } from '../testing/sealed-keys-contract.ts';
import { openSqliteSealedKeys } from './sqlite-sealed-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-sealed-'));
const file = join(folder, 'provider-keys.sqlite');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

sealedKeysContract('sealed keys in SQLite', { open: async () => openSqliteSealedKeys(file) });

test('the file is for its owner alone', async () => {
  await openSqliteSealedKeys(file).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a file that is no database is named', () => {
  const broken = join(folder, 'broken.sqlite');
  writeFileSync(broken, 'no database at all, but long enough to be taken for a damaged one');
  expect(() => openSqliteSealedKeys(broken)).toThrow(FaultError);
  expect(() => openSqliteSealedKeys(broken)).toThrow(broken);
});
