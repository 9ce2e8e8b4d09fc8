// What the Dockerfile makes, made without a container engine: its files in a folder, and its processes started there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, readFileSync } from 'node:fs';
import { basename, join, matchesGlob, relative } from 'node:path';
import { repositoryRoot, run } from '../infra/command.ts';

export const dockerfile = join(repositoryRoot, 'deploy/docker/Dockerfile');

/** Instructions of the Dockerfile, continued lines joined. */
export function instructions(): { readonly name: string; readonly rest: string }[] {
  const lines = readFileSync(dockerfile, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/);
      return { name, rest: rest.join(' ') };
    });
}

export function dockerignore(): { readonly taken: string[]; readonly left: string[] } {
  const lines = readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8').split('\n');
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#') && line !== '*');
  return {
    taken: patterns.filter((line) => line.startsWith('!')).map((line) => line.slice(1)),
    left: patterns.filter((line) => !line.startsWith('!')),
  };
}

/** Paths of the repository that are copied, without those copied from another stage. */
export function copiedPaths(): string[] {
  return instructions()
    .filter(({ name, rest }) => name === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) =>
      rest
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    );
}

/** Lays out the image's /app in the folder, its packages included. Throws what npm has said when that fails. */
export function layOutImage(folder: string): void {
  const { left } = dockerignore();
  const isTaken = (path: string) => !left.some((pattern) => matchesGlob(relative(repositoryRoot, path), pattern));
  for (const path of copiedPaths()) {
    cpSync(join(repositoryRoot, path), join(folder, path), { recursive: true, filter: isTaken });
  }
  const installation = instructions().find(({ name, rest }) => name === 'RUN' && rest.startsWith('npm '))!;
  const { succeeded, output } = run('sh', ['-c', installation.rest], { cwd: folder });
  if (!succeeded) throw new Error(output);
}

/** Names and times of all files of the folder, packages aside. */
export function standingOf(folder: string): string[] {
  return globSync('**', { cwd: folder, withFileTypes: true, exclude: (entry) => entry.name === 'node_modules' }).map(
    (entry) => join(relative(folder, entry.parentPath), basename(entry.name)),
  );
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `node <args>` in the folder with nothing of this process's environment, until it ends. */
export async function runIn(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { child, output } = startIn(folder, args, environment);
  const [code] = await once(child, 'close');
  return { code, output: output() };
}

export function startIn(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
}
