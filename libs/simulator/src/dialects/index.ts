// The dialects the simulator serves.
import { anthropic } from './anthropic/index.ts';
import { cohere } from './cohere/index.ts';
import { copilot } from './copilot/index.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';

export const dialects: readonly Dialect[] = [openai, anthropic, gemini, ollama, cohere, copilot];

/** The dialect a path belongs to, and the path below its mount. */
export function findDialect(path: string): { dialect: Dialect; below: string } | undefined {
  for (const dialect of dialects) {
    for (const mount of dialect.mounts) {
      if (path.startsWith(mount) && (path.length === mount.length || path[mount.length] === '/')) {
        return { dialect, below: path.slice(mount.length) };
      }
    }
  }
  return undefined;
}
