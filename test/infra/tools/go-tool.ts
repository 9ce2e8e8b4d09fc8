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

interface OwnModule {
  name: string;
  /** Where its go.mod is, from the root of the repository. */
  folder: string;
  /** Path of the program; by default the module itself. */
  path?: string;
  version: string;
  timeoutMs?: number;
}

/** A program that a module of our own builds, with what it is built from pinned in its go.mod and go.sum. */
export function ownGoTool({ name, folder: source, path = '.', version, timeoutMs }: OwnModule): Tool {
  return {
    name,
    program: join(cacheDirectory, `${name}-${version}`, `${name}${extension}`),
    howToGet: 'install Go 1.25 or later (https://go.dev/dl)',
    install(folder) {
      const output = join(folder, `${name}${extension}`);
      return run('go', ['build', '-o', output, path], { cwd: join(repositoryRoot, source), timeoutMs });
    },
  };
}
