// Programs that Go builds from modules.
import { join } from 'node:path';
import { cacheDirectory, repositoryRoot, run } from '../command.ts';
import { extension, type Tool } from './tool.ts';

interface GoModule {
  name: string;
  /** Path of the program in its module. */
  path: string;
  /** Such as v1.2.3. */
  version: string;
}

/** A program of somebody's module, which has no replace directives. */
export function goTool({ name, path, version }: GoModule): Tool {
  return {
    name,
    program: join(cacheDirectory, `${name}-${version.slice(1)}`, `${name}${extension}`),
    howToGet: `install Go 1.25 or later (https://go.dev/dl), or put ${name} ${version} there`,
    install: (folder) => run('go', ['install', `${path}@${version}`], { environment: { GOBIN: folder } }),
  };
}

/** A program of our own below test/infra, with a module of its own that pins what it is built from. */
export function ownGoTool(name: string, { folder: source, version }: { folder: string; version: string }): Tool {
  return {
    name,
    program: join(cacheDirectory, `${name}-${version}`, `${name}${extension}`),
    howToGet: 'install Go 1.25 or later (https://go.dev/dl)',
    install: (folder) =>
      run('go', ['build', '-o', join(folder, `${name}${extension}`), '.'], { cwd: join(repositoryRoot, source) }),
  };
}
