// A scratch copy of the repository in which a bug can be planted: own sources, the installed packages linked.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot, run } from '../infra/command.ts';

export interface ScratchCopy {
  root: string;
  remove(): void;
}

/** Copies what git knows or would add, as it is on the disk now. */
export function makeScratchCopy(): ScratchCopy {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'waybill-planted-bugs-'));
  for (const file of sourceFiles()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(repositoryRoot, file), join(root, file));
  }
  linkPackages(root);
  run('git', ['init', '--quiet'], { cwd: root });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function sourceFiles(): string[] {
  const listing = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (!listing.succeeded) throw new Error(`planted bugs need the git repository: ${listing.output}`);
  return listing.output.split('\0').filter((file) => file !== '' && existsSync(join(repositoryRoot, file)));
}

/** Links every installed package but our own, which have to be those of the copy, and the servers in .cache. */
function linkPackages(root: string): void {
  const link = (from: string, to: string) => symlinkSync(from, to, process.platform === 'win32' ? 'junction' : 'dir');
  mkdirSync(join(root, 'node_modules/@waybill'), { recursive: true });
  for (const name of readdirSync(join(repositoryRoot, 'node_modules'))) {
    if (!name.startsWith('.') && name !== '@waybill')
      link(join(repositoryRoot, 'node_modules', name), join(root, 'node_modules', name));
  }
  for (const folder of ['libs', 'services']) {
    for (const name of readdirSync(join(root, folder))) {
      link(join(root, folder, name), join(root, 'node_modules/@waybill', name));
      const nested = join(repositoryRoot, folder, name, 'node_modules');
      if (existsSync(nested)) link(nested, join(root, folder, name, 'node_modules'));
    }
  }
  link(join(repositoryRoot, '.cache'), join(root, '.cache'));
}
